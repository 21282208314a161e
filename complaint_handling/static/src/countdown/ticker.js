import { onMounted, onWillUnmount } from "@odoo/owl";

// One timer for all countdowns of the page; it sleeps while there is none
const listeners = new Set();
let timer = null;

// How far this computer's clock is behind the server's, in seconds. What the server said is
// old by the time it arrives, never too young: the largest difference seen is the truest.
let offset = -Infinity;

/** Learn from a moment at which the server answered. */
export function noteServerTime(seconds) {
    offset = Math.max(offset, seconds - Date.now() / 1000);
}

/** Return the server's time in seconds since 1970. */
export function getServerTime() {
    return Date.now() / 1000 + (Number.isFinite(offset) ? offset : 0);
}

function tick() {
    for (const listener of listeners) {
        listener();
    }
}

/** Call a function once a second while the component is on the page. */
export function useTick(listener) {
    onMounted(() => {
        listeners.add(listener);
        timer ??= setInterval(tick, 1000);
    });
    onWillUnmount(() => {
        listeners.delete(listener);
        if (!listeners.size) {
            clearInterval(timer);
            timer = null;
        }
    });
}
