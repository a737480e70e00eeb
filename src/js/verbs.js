// The verbs and questions of the border, by number: `verbs.rs` has them in words. Nothing else is here: then they are
// put where they are used, and cost a page nothing.

export const CONNECT = 0;
export const TERMINATE = 1;
export const RECONNECT = 2;
export const GIVE_UP = 3;
export const NEW_SESSION = 4;
export const WATCH = 5;
export const ONLINE = 6;
export const OFFLINE = 7;
export const AWAKE = 8;
export const STOWED = 9;
export const SHOWN = 10;
export const SEND = 11;
export const TRACK = 12;
export const ASIDE = 13;
export const CANCEL = 14;
export const CLOSE = 15;
export const DECIDE = 16;
export const GATE = 17;
export const DIALED = 18;
export const OPENED = 19;
export const PARTING = 20;
export const FAILED = 21;
export const BUFFERED = 22;
export const OVER = 23;
export const OVER_CLEANLY = 24;
export const FROZEN = 25;
export const TICK = 26;
export const ANNOUNCED = 27;
export const NOT_DIALED = 28;

export const READY_STATE = 0;
export const BUFFERED_AMOUNT = 1;
export const PRESSED = 2;
export const NEXT_TICKET = 3;
export const AWAITS = 4;
export const DEADLINE = 5;
export const FLUSHED_BELOW = 6;
export const LOST_SINCE = 7;
/** Of `stats()`; the others follow. */
export const ATTEMPTS = 10;
