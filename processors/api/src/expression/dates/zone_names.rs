//! Zones by the names that people call them, as `z` and `v` write and read them in Locale.US: the larger ones. A zone
//! that is not here is written by its short name or its offset.

use jiff::{Zoned, tz::TimeZone};

use super::pattern::ZoneStyle;

/// Zones that share their names. The first one is meant when only a name is read.
struct Group {
    standard: (&'static str, &'static str),
    daylight: (&'static str, &'static str),
    generic: (&'static str, &'static str),
    zones: &'static [&'static str],
}

const fn group(
    standard: (&'static str, &'static str),
    daylight: (&'static str, &'static str),
    generic: (&'static str, &'static str),
    zones: &'static [&'static str],
) -> Group {
    Group { standard, daylight, generic, zones }
}

const GROUPS: &[Group] = &[
    group(
        ("Coordinated Universal Time", "UTC"),
        ("Coordinated Universal Time", "UTC"),
        ("Coordinated Universal Time", "UTC"),
        &["UTC", "Etc/UTC", "Zulu", "Universal", "UCT"],
    ),
    group(
        ("Greenwich Mean Time", "GMT"),
        ("Greenwich Mean Time", "GMT"),
        ("Greenwich Mean Time", "GMT"),
        &["GMT", "Etc/GMT", "Africa/Abidjan", "Africa/Accra", "Africa/Dakar", "Atlantic/Reykjavik"],
    ),
    group(
        ("Greenwich Mean Time", "GMT"),
        ("British Summer Time", "BST"),
        ("Greenwich Mean Time", "GMT"),
        &[
            "Europe/London",
            "GB",
            "Europe/Belfast",
            "Europe/Jersey",
            "Europe/Guernsey",
            "Europe/Isle_of_Man",
        ],
    ),
    group(
        ("Greenwich Mean Time", "GMT"),
        ("Irish Standard Time", "IST"),
        ("Greenwich Mean Time", "GMT"),
        &["Europe/Dublin", "Eire"],
    ),
    group(
        ("Eastern Standard Time", "EST"),
        ("Eastern Daylight Time", "EDT"),
        ("Eastern Time", "ET"),
        &[
            "America/New_York",
            "US/Eastern",
            "America/Toronto",
            "America/Detroit",
            "America/Montreal",
            "America/Panama",
            "America/Jamaica",
            "America/Indiana/Indianapolis",
            "Canada/Eastern",
        ],
    ),
    group(
        ("Central Standard Time", "CST"),
        ("Central Daylight Time", "CDT"),
        ("Central Time", "CT"),
        &[
            "America/Chicago",
            "US/Central",
            "America/Winnipeg",
            "America/Mexico_City",
            "America/Costa_Rica",
            "America/Guatemala",
            "Canada/Central",
        ],
    ),
    group(
        ("Mountain Standard Time", "MST"),
        ("Mountain Daylight Time", "MDT"),
        ("Mountain Time", "MT"),
        &[
            "America/Denver",
            "US/Mountain",
            "America/Phoenix",
            "US/Arizona",
            "America/Boise",
            "America/Edmonton",
            "Canada/Mountain",
        ],
    ),
    group(
        ("Pacific Standard Time", "PST"),
        ("Pacific Daylight Time", "PDT"),
        ("Pacific Time", "PT"),
        &[
            "America/Los_Angeles",
            "US/Pacific",
            "America/Vancouver",
            "America/Tijuana",
            "Canada/Pacific",
        ],
    ),
    group(
        ("Alaska Standard Time", "AKST"),
        ("Alaska Daylight Time", "AKDT"),
        ("Alaska Time", "AKT"),
        &["America/Anchorage", "US/Alaska", "America/Juneau", "America/Nome", "America/Sitka"],
    ),
    group(
        ("Hawaii-Aleutian Standard Time", "HST"),
        ("Hawaii-Aleutian Daylight Time", "HDT"),
        ("Hawaii-Aleutian Time", "HST"),
        &["Pacific/Honolulu", "US/Hawaii"],
    ),
    group(
        ("Atlantic Standard Time", "AST"),
        ("Atlantic Daylight Time", "ADT"),
        ("Atlantic Time", "AT"),
        &["America/Halifax", "America/Puerto_Rico", "Atlantic/Bermuda", "Canada/Atlantic"],
    ),
    group(
        ("Newfoundland Standard Time", "NST"),
        ("Newfoundland Daylight Time", "NDT"),
        ("Newfoundland Time", "NT"),
        &["America/St_Johns", "Canada/Newfoundland"],
    ),
    group(
        ("Western European Standard Time", "WET"),
        ("Western European Summer Time", "WEST"),
        ("Western European Time", "WET"),
        &["Europe/Lisbon", "Portugal", "Atlantic/Canary", "Atlantic/Madeira", "WET"],
    ),
    group(
        ("Central European Standard Time", "CET"),
        ("Central European Summer Time", "CEST"),
        ("Central European Time", "CET"),
        &[
            "Europe/Paris",
            "Europe/Amsterdam",
            "Europe/Andorra",
            "Europe/Belgrade",
            "Europe/Berlin",
            "Europe/Bratislava",
            "Europe/Brussels",
            "Europe/Budapest",
            "Europe/Copenhagen",
            "Europe/Gibraltar",
            "Europe/Ljubljana",
            "Europe/Luxembourg",
            "Europe/Madrid",
            "Europe/Malta",
            "Europe/Monaco",
            "Europe/Oslo",
            "Europe/Prague",
            "Europe/Rome",
            "Europe/Sarajevo",
            "Europe/Skopje",
            "Europe/Stockholm",
            "Europe/Tirane",
            "Europe/Vaduz",
            "Europe/Vienna",
            "Europe/Warsaw",
            "Europe/Zagreb",
            "Europe/Zurich",
            "Africa/Tunis",
            "CET",
        ],
    ),
    group(
        ("Eastern European Standard Time", "EET"),
        ("Eastern European Summer Time", "EEST"),
        ("Eastern European Time", "EET"),
        &[
            "Europe/Athens",
            "Europe/Bucharest",
            "Europe/Helsinki",
            "Europe/Kiev",
            "Europe/Kyiv",
            "Europe/Riga",
            "Europe/Sofia",
            "Europe/Tallinn",
            "Europe/Vilnius",
            "Africa/Cairo",
            "Asia/Beirut",
            "EET",
        ],
    ),
    group(
        ("Moscow Standard Time", "MSK"),
        ("Moscow Summer Time", "MSD"),
        ("Moscow Time", "MSK"),
        &["Europe/Moscow", "Europe/Minsk", "W-SU"],
    ),
    group(
        ("South Africa Standard Time", "SAST"),
        ("South Africa Daylight Time", "SAST"),
        ("South Africa Standard Time", "SAST"),
        &["Africa/Johannesburg"],
    ),
    group(
        ("Pakistan Standard Time", "PKT"),
        ("Pakistan Summer Time", "PKST"),
        ("Pakistan Time", "PKT"),
        &["Asia/Karachi"],
    ),
    group(
        ("India Standard Time", "IST"),
        ("India Daylight Time", "IST"),
        ("India Standard Time", "IST"),
        &["Asia/Kolkata", "Asia/Calcutta"],
    ),
    group(
        ("Western Indonesia Time", "WIB"),
        ("Western Indonesia Daylight Time", "WIB"),
        ("Western Indonesia Time", "WIB"),
        &["Asia/Jakarta"],
    ),
    group(
        ("Hong Kong Standard Time", "HKT"),
        ("Hong Kong Summer Time", "HKST"),
        ("Hong Kong Time", "HKT"),
        &["Asia/Hong_Kong", "Hongkong"],
    ),
    group(
        ("China Standard Time", "CST"),
        ("China Daylight Time", "CDT"),
        ("China Time", "CST"),
        &["Asia/Shanghai", "PRC", "Asia/Macau"],
    ),
    group(
        ("Japan Standard Time", "JST"),
        ("Japan Daylight Time", "JDT"),
        ("Japan Time", "JST"),
        &["Asia/Tokyo", "Japan"],
    ),
    group(
        ("Korean Standard Time", "KST"),
        ("Korean Daylight Time", "KDT"),
        ("Korean Time", "KST"),
        &["Asia/Seoul", "ROK"],
    ),
    group(
        ("Australian Western Standard Time", "AWST"),
        ("Australian Western Daylight Time", "AWDT"),
        ("Western Australia Time", "AWT"),
        &["Australia/Perth", "Australia/West"],
    ),
    group(
        ("Australian Central Standard Time", "ACST"),
        ("Australian Central Daylight Time", "ACDT"),
        ("Central Australia Time", "ACT"),
        &["Australia/Adelaide", "Australia/Darwin", "Australia/South", "Australia/North"],
    ),
    group(
        ("Australian Eastern Standard Time", "AEST"),
        ("Australian Eastern Daylight Time", "AEDT"),
        ("Eastern Australia Time", "AET"),
        &[
            "Australia/Sydney",
            "Australia/Melbourne",
            "Australia/Brisbane",
            "Australia/Hobart",
            "Australia/Canberra",
            "Australia/ACT",
            "Australia/NSW",
            "Australia/Victoria",
            "Australia/Queensland",
            "Australia/Tasmania",
        ],
    ),
    group(
        ("New Zealand Standard Time", "NZST"),
        ("New Zealand Daylight Time", "NZDT"),
        ("New Zealand Time", "NZT"),
        &["Pacific/Auckland", "NZ", "Antarctica/McMurdo"],
    ),
];

/// The name of the date's zone; `None` for the short one, and for a zone that is not here.
pub(super) fn of(zoned: &Zoned, style: ZoneStyle) -> Option<String> {
    let name = zoned.time_zone().iana_name()?;
    let group = GROUPS.iter().find(|group| group.zones.contains(&name))?;
    let is_daylight = zoned.time_zone().to_offset_info(zoned.timestamp()).dst().is_dst();
    let specific = if is_daylight { group.daylight } else { group.standard };
    match style {
        ZoneStyle::Short => None,
        ZoneStyle::Full => Some(specific.0.to_owned()),
        ZoneStyle::GenericShort => Some(group.generic.1.to_owned()),
        ZoneStyle::GenericFull => Some(group.generic.0.to_owned()),
    }
}

/// The zone whose name stands at the start of the text, and the length of the name.
pub(super) fn read(text: &str, ignores_case: bool) -> Option<(TimeZone, usize)> {
    let begins = |name: &str| {
        text.get(..name.len()).is_some_and(|start| {
            start == name || (ignores_case && start.eq_ignore_ascii_case(name))
        })
    };
    let names = GROUPS.iter().flat_map(|group| {
        let names = [group.standard, group.daylight, group.generic];
        names.into_iter().flat_map(|(full, short)| [full, short]).map(move |name| (name, group))
    });
    let ends = |name: &str| {
        !text[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || "+-".contains(c))
    };
    // `CEST` begins with `CE`, and the first of two with one name is the one that is meant.
    let mut best: Option<(&str, &Group)> = None;
    for (name, group) in names.filter(|(name, _)| begins(name) && ends(name)) {
        if best.is_none_or(|(known, _)| known.len() < name.len()) {
            best = Some((name, group));
        }
    }
    let (name, group) = best?;
    Some((TimeZone::get(group.zones[0]).ok()?, name.len()))
}
