//! Shell completions and manual pages, made from the commands themselves.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use vlec::Existing;

use crate::args::Cli;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::session::{Done, Session};

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  vlec completions bash > ~/.local/share/bash-completion/completions/vlec")]
pub(crate) struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh
    shell: Shell,
}

impl CompletionsArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "vlec", &mut text);
        session.write(&text);
        Ok(Exit::Done)
    }
}

/// Print the manual page, or write a page for each command
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  vlec man | man -l -\n  vlec man -o ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write a page for each command to the folder DIR, in the place of those that are there
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl ManArgs {
    pub(crate) fn run(self, session: &mut Session) -> Done {
        let mut command = Cli::command();
        command.build();
        match self.output {
            Some(folder) => {
                let failed = |error: std::io::Error| Failure::path(&folder, "make the folder", &error);
                std::fs::create_dir_all(&folder).map_err(failed)?;
                pages(&command, "vlec", &folder)?;
            }
            None => session.write(&page(&command, "vlec")?),
        }
        Ok(Exit::Done)
    }
}

fn pages(command: &clap::Command, name: &str, folder: &Path) -> Done<()> {
    files::write(&folder.join(format!("{name}.1")), &page(command, name)?, Existing::Replace)?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        pages(below, &format!("{name}-{}", below.get_name()), folder)?;
    }
    Ok(())
}

fn page(command: &clap::Command, name: &str) -> Done<Vec<u8>> {
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone()).title(name.to_uppercase());
    page.render(&mut text).map_err(|error| Failure::io("write a manual page", &error))?;
    Ok(text)
}
