//! What must be set before any library starts threads.

/// WebKitGTK's DMA-BUF renderer shows an empty window on some drivers and costs memory; it is off unless the person
/// chose otherwise.
pub(crate) fn prepare() {
    #[cfg(target_os = "linux")]
    {
        const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
        if std::env::var_os(SWITCH).is_none() {
            #[expect(unsafe_code, reason = "no other way to tell WebKit; see the safety comment")]
            // SAFETY: called first in main, before any other thread exists that could read the environment.
            unsafe {
                std::env::set_var(SWITCH, "1");
            }
        }
    }
    if let Err(error) = courier_app::protect_process() {
        // Not worth a refusal to start: only a crash could then leave memory on the disk.
        tracing::warn!(%error, "core dumps could not be switched off");
    }
}
