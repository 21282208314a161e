import { Activity } from "@mail/core/web/activity";
import { ActivityListPopoverItem } from "@mail/core/web/activity_list_popover_item";
import { patch } from "@web/core/utils/patch";

/**
 * Ask how a contact went where the activity of a follow-up is marked as done, in the same short
 * form as everywhere; afterwards the activity is gone or on another day. Other activities on a
 * follow-up, and those of who may not record it, are marked as done like any other.
 */
function recordOutcome(component, onClose) {
    return component.env.services.action.doActionButton({
        type: "object",
        resModel: "followup.touch",
        resId: component.props.activity.res_id,
        name: "action_record",
        context: {},
        onClose,
    });
}

patch(Activity.prototype, {
    async onClickMarkAsDone(ev) {
        if (!this.props.activity.touch_asks_outcome) {
            return super.onClickMarkAsDone(ev);
        }
        const { thread } = this;
        return recordOutcome(this, async () => {
            this.props.onActivityChanged(thread);
            await this.props.reloadParentView();
        });
    },
});

patch(ActivityListPopoverItem.prototype, {
    onClickMarkAsDone() {
        if (!this.props.activity.touch_asks_outcome) {
            return super.onClickMarkAsDone();
        }
        const { onActivityChanged, onClickDoneAndScheduleNext: close } = this.props;
        close?.();
        return recordOutcome(this, () => onActivityChanged?.());
    },
});
