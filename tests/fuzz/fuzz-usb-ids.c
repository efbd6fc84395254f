/* Any bytes as a table of USB ids: what is taken is whole, and each entry is found by its own ids. */
#include "fuzz.h"
#include "memprof/base/text.h"
#include "memprof/io/usb_ids.h"

FUZZ(data, size)
{
	struct usb_ids *ids = NULL;
	struct diag diag = { .text = "" };
	int r = usb_ids_read((const char *)data, size, "fuzz.json", &ids, &diag);
	size_t n = 0;

	if (r < 0) {
		MUST(r == -EINVAL && !ids && diag.text[0] && diag.at.line > 0 && diag.at.col > 0);
		return;
	}
	for (const struct usb_id *id; (id = usb_ids_at(ids, n)); n++) {
		MUST(id->first_pid <= id->last_pid && (unsigned)id->kind < N_USB_ID_KINDS);
		MUST(text_is_visible(id->name, strlen(id->name)) && id->name[0]);
		const struct usb_id *found = usb_ids_find(ids, id->vid, id->first_pid);
		MUST(found && found->vid == id->vid && found->first_pid <= id->first_pid &&
		     found->last_pid >= id->first_pid);
		MUST(found == id || found->last_pid - found->first_pid < id->last_pid - id->first_pid);
	}
	MUST(n <= USB_IDS_MAX);
	usb_ids_free(ids);
}
