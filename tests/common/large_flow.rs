//! A flow of any size, as a program would write it: chains that read what was set before, route, call and store.

use std::fmt::Write as _;

/// A flow of so many processors, in groups of five behind one source.
pub(crate) fn large_flow(processors: usize) -> String {
    let groups = processors.saturating_sub(1) / 5;
    let mut flow = String::from(
        "flow: large
timezone: UTC
parameters:
  api_url: https://api.example.com
  key: { env: KEY, sensitive: true }
processors:
  take:
    type: GetFile
    schedule: { every: 10 min }
    properties:
      input_directory: ./inbox
      file_filter: .*\\.json
    to: name-0
",
    );
    for at in 0..groups {
        group(&mut flow, at, at + 1 < groups);
    }
    flow
}

fn group(flow: &mut String, at: usize, has_next: bool) {
    let next = if has_next { format!("name-{}", at + 1) } else { "done".to_owned() };
    let _ = write!(
        flow,
        "  name-{at}:
    type: UpdateAttribute
    properties:
      attributes:
        step.{at}: ${{filename:substringBeforeLast('.'):toLower()}}-{at}
        round: ${{round:replaceNull('0'):toNumber():plus(1)}}
    to: call-{at}
  call-{at}:
    type: InvokeHttp
    properties:
      http_url: \"#{{api_url}}/things/${{step.{at}:urlEncode()}}\"
      headers:
        X-Api-Key: \"#{{key}}\"
    retry: 3
    to: {{ response: read-{at}, no_retry: failed }}
  read-{at}:
    type: EvaluateJsonPath
    properties:
      destination: flowfile-attribute
      attributes:
        id.{at}: $.id
    to: sort-{at}
  sort-{at}:
    type: RouteOnAttribute
    properties:
      routes:
        again: ${{id.{at}:isEmpty():and(${{round:lt(5)}})}}
        good: ${{invokehttp.status.code:equals('200')}}
    to: {{ again: name-{at}, good: [put-{at}, {next}], unmatched: failed }}
  put-{at}:
    type: PutFile
    properties:
      directory: ./out/{at}
      filename: ${{step.{at}}}-${{id.{at}}}.json
"
    );
}
