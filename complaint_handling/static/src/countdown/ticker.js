import { onMounted, onWillUnmount } from "@odoo/owl";

// One timer for all countdowns of the page; it sleeps while there is none
const listeners = new Set();
let timer = null;

/** The server's time on a computer whose own clock may be wrong. All in seconds since 1970. */
export class ServerClock {
    // How far this computer is behind. What the server said is old by the time it arrives,
    // never too young: the largest difference seen is the truest.
    offset = -Infinity;

    /** Learn from a moment at which the server answered. */
    note(seconds, local = Date.now() / 1000) {
        this.offset = Math.max(this.offset, seconds - local);
    }

    now(local = Date.now() / 1000) {
        return local + (Number.isFinite(this.offset) ? this.offset : 0);
    }
}

export const serverClock = new ServerClock();

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
