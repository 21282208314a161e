import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** What to know before talking to a customer: slim banners, nothing where there is nothing. */
export class CareAlerts extends Component {
    static template = "customer_followup.CareAlerts";
    static props = { alerts: Array };

    setup() {
        this.action = useService("action");
    }
}

/** The same on a form, from the field `care_alerts` of its record. */
export class CareAlertsWidget extends Component {
    static template = "customer_followup.CareAlertsWidget";
    static components = { CareAlerts };
    static props = { ...standardWidgetProps };
}

registry.category("view_widgets").add("care_alerts", {
    component: CareAlertsWidget,
    fieldDependencies: [{ name: "care_alerts", type: "json" }],
});
