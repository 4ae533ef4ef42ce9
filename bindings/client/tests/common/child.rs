//! A test that runs in a process of its own, because it needs its own environment.

use std::env;
use std::process::{Command, Output};

/// Runs the ignored test `child` of the same file in a process with these variables, and returns
/// what it reported.
pub async fn child_with(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "child", "--nocapture", "--test-threads=1"]);
    command.envs(variables.iter().copied()).env("CHILD", "1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    told(&super::soon(output).await.unwrap())
}

/// Whether this is such a process.
pub fn is_child() -> bool {
    env::var_os("CHILD").is_some()
}

/// Reports a result to the parent process.
pub fn tell(text: &str) {
    println!("<{text}>");
}

fn told(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let (_, rest) = text.split_once('<').unwrap_or_else(|| panic!("{output:?}"));
    rest.split_once('>').unwrap().0.to_owned()
}
