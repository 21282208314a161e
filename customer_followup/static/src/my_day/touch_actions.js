import { deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { getDataURLFromFile } from "@web/core/utils/urls";

/** What can be done with a follow-up from the screens for people on the way. */
export function useTouchActions() {
    const orm = useService("orm");
    const action = useService("action");
    const notification = useService("notification");

    return {
        /** Record an outcome and say what becomes of it. */
        async record(stop, outcome, values) {
            const answer = await orm.call("followup.touch", "record_outcome", [
                [stop.id],
                outcome.id,
                values,
            ]);
            const following = answer.state === "planned" ? answer : answer.next;
            const message = following
                ? _t("%(outcome)s. Next on %(date)s.", {
                      outcome: outcome.name,
                      date: formatDate(deserializeDateTime(following.date_planned)),
                  })
                : _t("%(outcome)s. Saved.", { outcome: outcome.name });
            notification.add(message, { title: stop.name, type: "success" });
        },
        start(stop) {
            return orm.call("followup.touch", "action_start", [[stop.id]]);
        },
        async addPhoto(stop, file) {
            const url = await getDataURLFromFile(file);
            const data = url.split(",")[1] || "";
            await orm.call("followup.touch", "add_photo", [[stop.id], file.name, data]);
            notification.add(_t("Photo saved."), { title: stop.name, type: "success" });
        },
        quote(stop) {
            return action.doAction({
                type: "ir.actions.act_window",
                res_model: "sale.order",
                views: [[false, "form"]],
                target: "current",
                context: { default_partner_id: stop.partner_id },
            });
        },
        open(model, id) {
            return action.doAction({
                type: "ir.actions.act_window",
                res_model: model,
                res_id: id,
                views: [[false, "form"]],
                target: "current",
            });
        },
    };
}
