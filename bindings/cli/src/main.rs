//! `vlec`: see the library of this crate.

/// Freed memory is zero: what a prompt or a parser has left behind does not stay in the heap.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> std::process::ExitCode {
    vlec_cli::run(std::env::args_os(), vlec_cli::World::system())
}
