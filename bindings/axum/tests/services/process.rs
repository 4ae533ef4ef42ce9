//! A service in a process of its own, started the way users start it.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::thread;

use tempfile::{NamedTempFile, TempPath};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::common::soon;

/// The process ends when this is dropped. Its output is shown if the test fails.
pub(crate) struct Process {
    /// Without a trailing slash.
    pub(crate) url: String,
    child: Child,
    log: TempPath,
}

impl Process {
    /// Starts one of the crate's examples with these environment variables, on a free port.
    pub(crate) async fn example(name: &str, variables: &[(&str, &str)]) -> Self {
        Self::start(Command::new(example(name)), variables).await
    }

    /// Starts a program that prints its address.
    pub(crate) async fn start(mut command: Command, variables: &[(&str, &str)]) -> Self {
        let log = NamedTempFile::new().unwrap().into_temp_path();
        command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
        let mut child = set_up(&mut command, variables).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = soon(async {
            while let Some(line) = output.next_line().await.unwrap() {
                if let Some((_, url)) = line.split_once("ing on http://") {
                    return format!("http://{}", url.split(' ').next().unwrap());
                }
            }
            panic!("it does not listen: {}", fs::read_to_string(&log).unwrap());
        });
        let url = url.await;
        // Nothing reads the remaining output, but the process must not block on it.
        tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
        Self { url, child, log }
    }

    /// Kills it. From now on connections are refused.
    pub(crate) async fn kill(&mut self) {
        soon(self.child.kill()).await.unwrap();
    }

    /// Asks it to stop, and returns how it did.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().unwrap().to_string();
        let asked =
            soon(Command::new("sh").args(["-c", &format!("kill -s TERM {id}")]).status()).await;
        assert!(asked.unwrap().success());
        soon(self.child.wait()).await.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            println!(
                "{} printed:\n{}",
                self.url,
                fs::read_to_string(&self.log).unwrap_or_default()
            );
        }
    }
}

/// The error output of an example that cannot start.
pub(crate) async fn failure(name: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(example(name));
    let output = soon(set_up(&mut command, variables).output()).await.unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// An example on a free port, with these settings and no others.
fn set_up<'c>(command: &'c mut Command, variables: &[(&str, &str)]) -> &'c mut Command {
    for (name, _) in env::vars_os().filter(|(name, _)| is_setting(name)) {
        command.env_remove(name);
    }
    command.env("LISTEN", "127.0.0.1:0").envs(variables.iter().copied());
    command.stdin(Stdio::null()).kill_on_drop(true)
}

/// `cargo test` builds the examples and puts them next to the tests.
fn example(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap().join("examples");
    let path = folder.join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(
        path.exists(),
        "{} is missing: cargo build -p verijot-axum --examples --features sqlite,postgres",
        path.display()
    );
    path
}

fn is_setting(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("VERIJOT_") || name == "DATABASE_URL"
}
