// Takes the pictures that screens.json lists from the running demo.
//
// A screen has: name, role (a key of "roles", or null for a visitor), one of
//   path    an address below the demo's, e.g. "/odoo/contacts"
//   action  the external id of an action, e.g. "contacts.action_contacts"
//   app     the beginning of an app's English name: its menu's own action
// and, where needed,
//   wait    a selector that must be visible (default ".o_action")
//   steps   [{"click": selector} | {"fill": selector, "value": text} | {"wait": selector}]
//   full    true for the whole page instead of the window
// Arguments choose the screens whose "role-name" contains one of them.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const { SHOTS_URL, SHOTS_CHROMIUM, SHOTS_FOLDER, SHOTS_MODULES } = process.env;
const { chromium } = createRequire(path.join(SHOTS_MODULES, "x.js"))("playwright-core");
const plan = JSON.parse(fs.readFileSync(new URL("screens.json", import.meta.url)));
const chosen = process.argv.slice(2);
const TIMEOUT = 45000;
const QUIET = 3000;

const title = (screen) => `${screen.role || "visitor"}-${screen.name}`;
const wanted = (screen) => !chosen.length || chosen.some((part) => title(screen).includes(part));

/** Call a method of a model as the user who is logged in on this page. */
async function rpc(page, model, method, args, kwargs = {}) {
    return page.evaluate(
        async ([model, method, args, kwargs]) => {
            const reply = await fetch("/web/dataset/call_kw", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ jsonrpc: "2.0", params: { model, method, args, kwargs } }),
            });
            const { result, error } = await reply.json();
            if (error) {
                throw new Error(`${model}.${method}: ${error.data?.message || error.message}`);
            }
            return result;
        },
        [model, method, args, kwargs]
    );
}

async function login(page, { login, password }) {
    await page.goto(`${SHOTS_URL}/web/login`);
    await page.fill("input[name=login]", login);
    await page.fill("input[name=password]", password);
    await page.click("form.oe_login_form button[type=submit]");
    // a customer comes to his portal
    await page.waitForSelector(".o_main_navbar, .o_portal", { timeout: TIMEOUT });
}

/** Set the language of the user on this page; it counts from the next page on. */
async function speak(page, lang) {
    const uid = await page.evaluate(() => odoo.__session_info__?.uid ?? odoo.info?.uid);
    const user = uid || (await whoAmI(page));
    await rpc(page, "res.users", "write", [[user], { lang }]);
}

async function whoAmI(page) {
    return page.evaluate(async () => {
        const reply = await fetch("/web/session/get_session_info", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ jsonrpc: "2.0", params: {} }),
        });
        return (await reply.json()).result.uid;
    });
}

/** Find the address of a screen. */
async function addressOf(page, screen) {
    if (screen.path) {
        return screen.path;
    }
    if (screen.action) {
        return `/odoo/action-${screen.action}`;
    }
    const apps = await rpc(page, "ir.ui.menu", "load_menus_root", [], { context: { lang: "en_US" } });
    const app = apps.children.find((menu) => menu.name.startsWith(screen.app));
    if (!app) {
        throw new Error(`there is no app "${screen.app}" for this role`);
    }
    const menus = await rpc(page, "ir.ui.menu", "load_web_menus", [false]);
    return `/odoo/action-${menus[app.id].actionID}`;
}

async function step(page, { click, fill, value, wait }) {
    if (click) {
        await page.click(click, { timeout: TIMEOUT });
    } else if (fill) {
        await page.fill(fill, value, { timeout: TIMEOUT });
    } else if (wait) {
        await page.waitForSelector(wait, { timeout: TIMEOUT });
    }
}

/** Wait until nothing is loading and no animation runs. */
async function settle(page) {
    // the bus may keep the network busy for ever, so this is a courtesy only
    await page.waitForLoadState("networkidle", { timeout: QUIET }).catch(() => {});
    await page.waitForFunction(() => !document.querySelector(".o_blockUI, .o_loading_indicator"), {
        timeout: TIMEOUT,
    });
    await page.waitForTimeout(500);
}

async function shoot(page, lang, screen) {
    await page.setViewportSize(screen.viewport || plan.viewport);
    await page.goto(SHOTS_URL + (await addressOf(page, screen)));
    await page.waitForSelector(screen.wait || ".o_action", { timeout: TIMEOUT });
    await settle(page);
    for (const one of screen.steps || []) {
        await step(page, one);
        await settle(page);
    }
    const file = path.join(SHOTS_FOLDER, lang, `${title(screen)}.png`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await page.screenshot({ path: file, fullPage: Boolean(screen.full) });
    console.log(`  ${lang}/${title(screen)}.png`);
}

/** Take all screens of one role in one language; return how many could not be taken. */
async function session(browser, lang, role, screens) {
    const context = await browser.newContext({
        viewport: plan.viewport,
        locale: lang.replace("_", "-"),
    });
    const page = await context.newPage();
    let failed = 0;
    try {
        if (role) {
            await login(page, plan.roles[role]);
            await speak(page, lang);
        }
        for (const screen of screens) {
            await shoot(page, lang, screen).catch((error) => {
                failed += 1;
                console.error(`  ! ${lang}/${title(screen)}: ${error.message.split("\n")[0]}`);
            });
        }
        if (role) {
            await page.goto(`${SHOTS_URL}/odoo`);
            await speak(page, "en_US");
        }
    } finally {
        await context.close();
    }
    return failed;
}

const browser = await chromium.launch({
    executablePath: SHOTS_CHROMIUM,
    args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
});
let failed = 0;
try {
    for (const lang of plan.languages) {
        for (const role of [...new Set(plan.screens.map((screen) => screen.role))]) {
            const screens = plan.screens.filter((s) => s.role === role && wanted(s));
            if (screens.length) {
                failed += await session(browser, lang, role, screens);
            }
        }
    }
} finally {
    await browser.close();
}
process.exit(failed ? 1 : 0);
