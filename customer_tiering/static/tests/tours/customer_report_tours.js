import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const openReport = (entry) => [
    ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
    {
        content: "Open Reporting",
        trigger: ".o_menu_sections button:contains(Reporting)",
        run: "click",
    },
    { content: `Open ${entry}`, trigger: `.o-dropdown--menu a:contains(${entry})`, run: "click" },
];

// Cells are painted, not written into the page: ask the model what they show
const getModel = () =>
    odoo.__WOWL_DEBUG__.root.env.services.spreadsheet_dashboard_loader.getActiveDashboard().model;

const readCells = () => {
    const { getters } = getModel();
    const cells = {};
    for (const sheetId of getters.getSheetIds()) {
        for (const position of getters.getEvaluatedCellsPositions(sheetId)) {
            const { value } = getters.getEvaluatedCell(position);
            if (value !== null && value !== "") {
                const column = String.fromCharCode(65 + position.col);
                cells[`${getters.getSheetName(sheetId)}!${column}${position.row + 1}`] = value;
            }
        }
    }
    return cells;
};

const loaded = async () => {
    for (let attempt = 0; attempt < 100; attempt++) {
        const values = Object.values(readCells());
        if (values.length && !values.some((value) => String(value).startsWith("Loading"))) {
            return readCells();
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("The dashboard does not finish loading");
};

const expectCells = async (expected) => {
    const cells = await loaded();
    for (const [name, value] of Object.entries(cells)) {
        if (/^#[A-Z]/.test(String(value))) {
            throw new Error(`${name} shows ${value}`);
        }
    }
    for (const [name, value] of Object.entries(expected)) {
        if (cells[name] !== value) {
            throw new Error(`${name} shows ${cells[name]}, not ${value}`);
        }
    }
};

const figures = {
    content: "All nine figures are drawn",
    trigger: ".o-figure:eq(8) canvas",
};

registry.category("web_tour.tours").add("customer_tiering_dashboard", {
    url: "/odoo",
    steps: () => [
        ...openReport("Dashboard"),
        figures,
        {
            content: "All ten customers, 5,500 in the period, half of it from key customers",
            trigger: ".o_spreadsheet_dashboard_action",
            run: () =>
                expectCells({
                    "Data!G2": 10,
                    "Data!G4": (1000 + 900 + 800 + 700 + 600) / 5500,
                    "Data!H4": 5,
                    "Data!A2": "Diamond",
                    "Data!C2": 2,
                    "Dashboard!A43": "Customer 10",
                    "Dashboard!C43": 1000,
                }),
        },
        {
            content: "A click on a figure opens its list",
            trigger: ".o-figure:eq(0) canvas[role=button]",
            run: "click",
        },
        {
            content: "The customers by level",
            trigger: ".o_last_breadcrumb_item:contains(Customers by Level)",
        },
    ],
});

registry.category("web_tour.tours").add("customer_tiering_dashboard_own", {
    url: "/odoo",
    steps: () => [
        ...openReport("Dashboard"),
        figures,
        {
            content: "An account manager sees his two customers only",
            trigger: ".o_spreadsheet_dashboard_action",
            run: () => expectCells({ "Data!G2": 2, "Dashboard!A43": "Customer 10" }),
        },
    ],
});

registry.category("web_tour.tours").add("customer_tiering_dashboard_sample", {
    url: "/odoo",
    steps: () => [
        ...openReport("Dashboard"),
        figures,
        {
            content: "Before anything is graded it shows how it will look",
            trigger: ".o_spreadsheet_dashboard_action",
            run: () => expectCells({ "Data!G2": 91 }),
        },
    ],
});

registry.category("web_tour.tours").add("customer_tiering_migration", {
    url: "/odoo",
    steps: () => [
        ...openReport("Level Migration"),
        {
            content: "Nobody had a level a year before: all ten are new",
            trigger: ".o_pivot tbody tr:contains(New):contains(10)",
        },
        {
            content: "Who they are",
            trigger: ".o_pivot tbody tr:contains(New) td.o_pivot_cell_value:last",
            run: "click",
        },
        {
            content: "By name",
            trigger: ".o_list_view .o_data_row:contains(Customer 10) td[name=partner_id]",
            run: "click",
        },
        {
            content: "And why",
            trigger: "div[name=explanation]:contains(Diamond)",
        },
    ],
});
