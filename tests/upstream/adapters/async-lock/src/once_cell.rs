pub use aiosync::OnceCell;
