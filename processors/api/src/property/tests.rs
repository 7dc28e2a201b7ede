use super::*;

#[test]
fn durations_as_nifi_and_as_people_write_them() {
    for (text, shown) in [
        ("30 sec", "30 sec"),
        ("5 mins", "5 mins"),
        ("1 hour", "1 hour"),
        ("2 days", "2 days"),
        ("100 ms", "100 ms"),
        ("500 millis", "500 ms"),
        ("30s", "30 sec"),
        ("5m", "5 mins"),
        ("1h", "1 hour"),
        ("1d", "1 day"),
        (" 90 SECONDS ", "90 sec"),
        ("1.5 hours", "90 mins"),
        ("0 sec", "0 sec"),
    ] {
        let period = TimePeriod::parse(text).unwrap();
        assert_eq!(period.to_string(), shown, "{text}");
        assert_eq!(TimePeriod::parse(&period.to_string()).unwrap(), period);
    }
}

#[test]
fn sizes_are_powers_of_1024() {
    for (text, bytes, shown) in [
        ("1 GB", 1 << 30, "1 GB"),
        ("1GB", 1 << 30, "1 GB"),
        ("0 B", 0, "0 B"),
        ("1 mb", 1 << 20, "1 MB"),
        ("1.5 KB", 1536, "1536 B"),
        ("2 TB", 2 << 40, "2 TB"),
    ] {
        let size = DataSize::parse(text).unwrap();
        assert_eq!((size.bytes(), size.to_string().as_str()), (bytes, shown), "{text}");
    }
}

#[test]
fn the_nearest_right_thing_is_named() {
    for (text, label) in [
        ("5 minuts", "did you mean `5 minutes`?"),
        ("1 minuts", "did you mean `1 minute`?"),
        ("30", "did you mean `30 sec`?"),
        ("soon", "a duration is wanted"),
        ("", "a duration is wanted"),
        ("1.2.3 s", "a duration is wanted"),
        ("5 parsecs", "a duration is wanted"),
    ] {
        assert_eq!(TimePeriod::parse(text).unwrap_err().label.as_deref(), Some(label), "{text}");
    }
    for (text, label) in [("1 GiB", "did you mean `1 GB`?"), ("12", "did you mean `12 B`?")] {
        assert_eq!(DataSize::parse(text).unwrap_err().label.as_deref(), Some(label), "{text}");
    }
    assert!(TimePeriod::parse("99999999999999999999 days").is_err());
    assert!(DataSize::parse("999999999 TB").unwrap_err().message.contains("too much"));
}

#[test]
fn other_deserializers_read_them_too() {
    assert_eq!(
        serde_json::from_str::<TimePeriod>("\"5 min\"").unwrap(),
        TimePeriod::from_secs(300)
    );
    assert_eq!(serde_json::to_string(&DataSize::from_bytes(2048)).unwrap(), "\"2 KB\"");
    assert!(serde_json::from_str::<Sensitive<String>>("\"x\"").unwrap().is_literal());
    let error = serde_json::from_str::<TimePeriod>("\"5 minuts\"").unwrap_err();
    assert!(error.to_string().contains("`5 minuts` is not a duration"), "{error}");
}
