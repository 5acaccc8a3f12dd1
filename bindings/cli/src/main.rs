//! `vlec`: see the library of this crate.

fn main() -> std::process::ExitCode {
    vlec_cli::run(std::env::args_os(), vlec_cli::World::system())
}
