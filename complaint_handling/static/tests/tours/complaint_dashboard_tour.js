import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const openReport = (entry) => [
    ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
    {
        content: "Open Complaints",
        trigger: ".o_menu_sections button:contains(Complaints)",
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

registry.category("web_tour.tours").add("complaint_dashboard", {
    url: "/odoo",
    steps: () => [
        ...openReport("Complaints Dashboard"),
        {
            content: "All twelve figures are drawn",
            trigger: ".o-figure:eq(11) canvas",
        },
        {
            content: "Five are open; of the four that could be late half were answered in time",
            trigger: ".o_spreadsheet_dashboard_action",
            run: () =>
                expectCells([
                    ["Data", 1, 1, 5],
                    ["Data", 1, 2, 0.5],
                    ["Data", 1, 11, 5],
                    ["Dashboard", 1, 39, 5],
                ]),
        },
        {
            content: "A click on a figure opens the report",
            trigger: ".o-figure:eq(0) canvas[role=button]",
            run: "click",
        },
        {
            content: "The analysis",
            trigger: ".o_last_breadcrumb_item:contains(Complaint Analysis)",
        },
        ...openReport("Causes (Pareto)"),
        {
            content: "The one cause makes all of them",
            trigger: ".o_group_header:contains(Packing and Transport) .o_list_number:contains(100.0)",
        },
    ],
});
