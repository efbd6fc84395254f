#include "memprof/io/usb_ids.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/json_read.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/datafile.h"

static const char schema_name[] = "memprof.usb-ids/1";

struct usb_ids {
	struct json_document *document; /* owns the names */
	size_t n_ids;
	struct usb_id ids[];
};

static const char *const kind_names[N_USB_ID_KINDS] = {
	[USB_ID_MICROPYTHON] = "micropython",
	[USB_ID_CIRCUITPYTHON] = "circuitpython",
	[USB_ID_OPENMV] = "openmv",
	[USB_ID_BRIDGE] = "bridge",
	[USB_ID_DEBUGGER] = "debugger",
	[USB_ID_BOOTLOADER] = "bootloader",
	[USB_ID_ANY] = "any",
};

const char *usb_id_kind_name(enum usb_id_kind kind) { return kind_names[kind]; }

/* ---- one entry ---- */

static int read_hex(const struct json_value *entry, const char *name, uint16_t *ret, struct diag *diag)
{
	const struct json_value *value;
	const char *text;
	uint64_t id;
	int r = json_value_require(entry, name, &value, diag);

	if (r == 0)
		r = json_value_text(value, &text, diag);
	if (r < 0)
		return r;
	if (strlen(text) != 4 || strspn(text, "0123456789abcdef") != 4)
		return diag_at(diag, json_value_place(value), -EINVAL,
			       "'%s' must be four lower-case hexadecimal digits, such as \"2e8a\"; found '%.20s'", name,
			       text);
	number_scan_hex(text, text + 4, &id);
	*ret = (uint16_t)id;
	return 0;
}

static int read_kind(const struct json_value *entry, enum usb_id_kind *ret, struct diag *diag)
{
	const struct json_value *value;
	const char *text;
	int r = json_value_require(entry, "kind", &value, diag);

	if (r == 0)
		r = json_value_text(value, &text, diag);
	if (r < 0)
		return r;
	for (size_t i = 0; i < N_USB_ID_KINDS; i++) {
		if (strcmp(text, kind_names[i]) == 0) {
			*ret = (enum usb_id_kind)i;
			return 0;
		}
	}
	return diag_at(diag, json_value_place(value), -EINVAL,
		       "unknown kind '%.20s'; expected micropython,"
		       " circuitpython, openmv, bridge, debugger, bootloader or any",
		       text);
}

static int read_name(const struct json_value *entry, const char **ret, struct diag *diag)
{
	const struct json_value *value;
	const char *text;
	size_t n_chars = 0;
	int r = json_value_require(entry, "name", &value, diag);

	if (r == 0)
		r = json_value_text(value, &text, diag);
	if (r < 0)
		return r;
	for (const char *p = text; *p; p++)
		n_chars += (*p & 0xc0) != 0x80;
	if (n_chars == 0 || n_chars > USB_ID_NAME_MAX_CHARS || !text_is_visible(text, strlen(text)))
		return diag_at(diag, json_value_place(value), -EINVAL,
			       "'name' must have 1 to %d printable characters; found %zu", USB_ID_NAME_MAX_CHARS,
			       n_chars);
	*ret = text;
	return 0;
}

static int read_entry(const struct json_value *entry, struct usb_id *ret, struct diag *diag)
{
	static const char *const members[] = { "vid", "pid", "last_pid", "kind", "name", NULL };
	const struct json_value *last = json_value_member(entry, "last_pid");
	struct usb_id id = { .first_pid = 0, .last_pid = UINT16_MAX };
	int r = json_value_expect_members(entry, members, diag);

	if (r == 0)
		r = read_hex(entry, "vid", &id.vid, diag);
	if (r == 0 && (last || json_value_member(entry, "pid"))) {
		r = read_hex(entry, "pid", &id.first_pid, diag);
		id.last_pid = id.first_pid;
	}
	if (r == 0 && last)
		r = read_hex(entry, "last_pid", &id.last_pid, diag);
	if (r == 0)
		r = read_kind(entry, &id.kind, diag);
	if (r == 0)
		r = read_name(entry, &id.name, diag);
	if (r < 0)
		return r;
	if (last && id.last_pid <= id.first_pid)
		return diag_at(diag, json_value_place(last), -EINVAL,
			       "'last_pid' must be above 'pid'; omit it for a single id");
	*ret = id;
	return 0;
}

/* ---- all entries ---- */

static unsigned span(const struct usb_id *id) { return (unsigned)id->last_pid - id->first_pid; }

static bool conflict(const struct usb_id *a, const struct usb_id *b)
{
	return a->vid == b->vid && span(a) == span(b) && a->first_pid <= b->last_pid && b->first_pid <= a->last_pid;
}

/* Fills ids->ids, which has room for all entries of list. */
static int read_entries(struct usb_ids *ids, const struct json_value *list, struct diag *diag)
{
	for (const struct json_value *v = json_value_first(list); v; v = json_value_next(v)) {
		struct usb_id *id = &ids->ids[ids->n_ids];
		int r = read_entry(v, id, diag);
		if (r < 0)
			return r;
		for (size_t i = 0; i < ids->n_ids; i++)
			if (conflict(&ids->ids[i], id))
				return diag_at(
					diag, json_value_place(v), -EINVAL,
					"covers the same ids as entry %zu, '%.48s'; keep one, or make one narrower",
					i + 1, ids->ids[i].name);
		ids->n_ids++;
	}
	return 0;
}

static int read_list(const struct json_value *root, const struct json_value **ret, struct diag *diag)
{
	static const char *const members[] = { "$schema", "schema", "ids", NULL };
	const struct json_value *schema, *list;
	const char *text;
	int r = json_value_expect_members(root, members, diag);

	if (r == 0)
		r = json_value_require(root, "schema", &schema, diag);
	if (r == 0)
		r = json_value_text(schema, &text, diag);
	if (r == 0 && strcmp(text, schema_name) != 0)
		r = diag_at(diag, json_value_place(schema), -EINVAL,
			    "expected the schema '%s', found '%.40s'; is this the right file?", schema_name, text);
	if (r == 0)
		r = json_value_require(root, "ids", &list, diag);
	if (r == 0)
		r = json_value_expect(list, JSON_ARRAY, diag);
	if (r == 0 && json_value_count(list) > USB_IDS_MAX)
		r = diag_at(diag, json_value_place(list), -EINVAL, "%zu entries; the limit is %d",
			    json_value_count(list), USB_IDS_MAX);
	if (r == 0)
		*ret = list;
	return r;
}

int usb_ids_read(const char *text, size_t n_bytes, const char *name, struct usb_ids **ret, struct diag *diag)
{
	struct json_document *document;
	const struct json_value *list = NULL;
	struct usb_ids *ids;
	int r = json_document_read(text, n_bytes, name, &document, diag);

	if (r < 0)
		return r;
	r = read_list(json_document_root(document), &list, diag);
	if (r < 0) {
		json_document_free(document);
		return r;
	}
	ids = calloc(1, sizeof(*ids) + json_value_count(list) * sizeof(ids->ids[0]));
	if (!ids) {
		json_document_free(document);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	ids->document = document;
	r = read_entries(ids, list, diag);
	if (r < 0)
		usb_ids_free(ids);
	else
		*ret = ids;
	return r;
}

int usb_ids_load(struct strbuf *ret_path, struct usb_ids **ret, struct diag *diag)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int r = datafile_read(USB_IDS_FILE, ret_path, &text, diag);

	return r < 0 ? r : usb_ids_read(strbuf_text(&text), text.n_bytes, strbuf_text(ret_path), ret, diag);
}

void usb_ids_free(struct usb_ids *ids)
{
	if (!ids)
		return;
	json_document_free(ids->document);
	free(ids);
}

const struct usb_id *usb_ids_find(const struct usb_ids *ids, uint16_t vid, uint16_t pid)
{
	const struct usb_id *best = NULL;

	for (size_t i = 0; i < ids->n_ids; i++) {
		const struct usb_id *id = &ids->ids[i];
		if (id->vid == vid && pid >= id->first_pid && pid <= id->last_pid && (!best || span(id) < span(best)))
			best = id;
	}
	return best;
}

const struct usb_id *usb_ids_at(const struct usb_ids *ids, size_t i) { return i < ids->n_ids ? &ids->ids[i] : NULL; }
