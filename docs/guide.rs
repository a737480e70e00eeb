//! The guide's Rust, compiled: nothing else is here.

macro_rules! pages {
    ($($name:ident $file:literal)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($file)]
            struct $name;
        )*
    };
}

pages! {
    FirstSocket "first-socket.md"
    Reconnecting "reconnecting.md"
    Authentication "authentication.md"
    QueueAndPressure "queue-and-pressure.md"
    Heartbeats "heartbeats.md"
    Loading "loading.md"
    Yew "yew.md"
    Leptos "leptos.md"
}
