import { registry } from "@web/core/registry";
import { ProgressBarField, progressBarField } from "@web/views/fields/progress_bar/progress_bar_field";

import { onWillUnmount } from "@odoo/owl";

const REFRESH_MS = 2000;

/**
 * Progress of an evaluation that runs in the background: a progress bar that reloads its
 * record until the evaluation is over.
 */
export class TierProgressField extends ProgressBarField {
    setup() {
        super.setup();
        const timer = setInterval(() => this.refresh(), REFRESH_MS);
        onWillUnmount(() => clearInterval(timer));
    }

    async refresh() {
        const { record } = this.props;
        if (record.data.evaluation_pending && !record.dirty) {
            await record.load();
        }
    }
}

registry.category("fields").add("tier_progress", {
    ...progressBarField,
    component: TierProgressField,
    fieldDependencies: [{ name: "evaluation_pending", type: "boolean" }],
});
