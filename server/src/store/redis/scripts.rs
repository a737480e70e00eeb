//! The Lua scripts; each makes one change.

use redis::Script;

pub(super) struct Scripts {
    pub(super) create: Script,
    pub(super) load: Script,
    pub(super) adopt: Script,
    pub(super) write: Script,
    pub(super) renew: Script,
    pub(super) expire: Script,
}

macro_rules! script {
    ($file:literal) => {
        Script::new(concat!(include_str!("common.lua"), include_str!($file)))
    };
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            create: script!("create.lua"),
            load: script!("load.lua"),
            adopt: script!("adopt.lua"),
            write: script!("write.lua"),
            renew: script!("renew.lua"),
            expire: script!("expire.lua"),
        }
    }
}
