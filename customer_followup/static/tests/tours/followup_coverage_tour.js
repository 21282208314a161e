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

const readCell = (model, sheetName, col, row) => {
    const sheetId = model.getters.getSheetIds().find(
        (id) => model.getters.getSheetName(id) === sheetName
    );
    return model.getters.getEvaluatedCell({ sheetId, col, row }).value;
};

const expectCells = async (expected) => {
    let problems = [];
    for (let attempt = 0; attempt < 100; attempt++) {
        const model = getModel();
        problems = expected.filter(
            ([sheet, col, row, value]) => readCell(model, sheet, col, row) !== value
        );
        if (!problems.length) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const model = getModel();
    const [sheet, col, row, value] = problems[0];
    throw new Error(
        `${sheet} ${col}/${row} shows ${readCell(model, sheet, col, row)}, not ${value}`
    );
};

registry.category("web_tour.tours").add("customer_followup_contacts_dashboard", {
    url: "/odoo",
    steps: () => [
        ...openReport("Contacts Dashboard"),
        {
            content: "All ten figures are drawn",
            trigger: ".o-figure:eq(9) canvas",
        },
        {
            content: "Two of four planned, one customer of two",
            trigger: ".o_spreadsheet_dashboard_action",
            run: () =>
                expectCells([
                    ["Data", 1, 1, 4],
                    ["Data", 1, 2, 2],
                    ["Data", 1, 3, 0.5],
                    ["Data", 1, 4, 0.5],
                    ["Dashboard", 1, 25, 4],
                ]),
        },
        {
            content: "A click on a figure opens the report",
            trigger: ".o-figure:eq(0) canvas[role=button]",
            run: "click",
        },
        {
            content: "The contact coverage",
            trigger: ".o_last_breadcrumb_item:contains(Contact Coverage)",
        },
        ...openReport("Contact Figures explained"),
        {
            content: "Each figure with its sentence",
            trigger: ".modal th:contains(Capped Attainment)",
        },
        {
            content: "On to the figures",
            trigger: ".modal button:contains(Open the Figures)",
            run: "click",
        },
        {
            content: "The contact coverage again",
            trigger: ".o_pivot",
        },
    ],
});
