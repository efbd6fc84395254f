#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/viewers/hex_view.h"

enum { PIECE_ROWS = 256 };

/* Every owner of every kind that has a byte of the row, each with the first byte that is its. */
static void add_owners(struct json *j, const struct owners *owners, const struct hex_row *row)
{
	uint64_t end = row->address + row->n_bytes, until;

	json_array(j, "in");
	for (enum owner_kind kind = 0; kind < N_OWNER_KINDS; kind++) {
		for (uint64_t address = row->address; address < end; address = MAX(until, address + 1)) {
			const struct owner *owner = owners_at(owners, kind, address, &until);
			if (!owner)
				continue;
			json_row(j, NULL);
			json_text(j, "kind", owner_kind_name(kind));
			json_bytes(j, "name", owner->name, strlen(owner->name));
			json_text(j, "what", owner->what);
			json_address(j, "address", address);
			json_u64(j, "offset", owner->offset + (address - owner->start));
			json_object_end(j);
		}
	}
	json_array_end(j);
}

static void add_row(struct json *j, const struct hex_info *hex, const struct hex_row *row)
{
	char digits[2 * HEX_COLUMNS_MAX + 1] = "", text[HEX_COLUMNS_MAX + 1] = "";

	for (size_t i = 0; i < row->n_bytes; i++) {
		snprintf(digits + 2 * i, sizeof(digits) - 2 * i, "%02x", row->bytes[i]);
		text[i] = hex_char(row->bytes[i]);
	}
	json_row(j, NULL);
	json_address(j, "address", row->address);
	json_text(j, "hex", digits);
	json_text(j, "text", text);
	add_owners(j, hex->owners, row);
	json_object_end(j);
}

static void end_range(struct json *j, struct hex_progress *at)
{
	if (at->in_range) {
		json_array_end(j);
		json_object_end(j);
	}
	at->in_range = false;
}

static void begin_document(struct json *j, const struct hex_info *hex)
{
	json_object(j, NULL);
	json_text(j, "schema", "memprof.hex/1");
	json_bytes(j, "source", hex->source, strlen(hex->source));
	json_text(j, "format", hex->format);
	json_text(j, "space", hex->space);
	json_address(j, "start", hex->start);
	json_u64(j, "bytes", hex->n_bytes);
	json_array(j, "ranges");
}

/* The holes are walked through once more at the end. */
static void finish(struct json *j, const struct hex_info *hex)
{
	struct hex_walk walk;
	struct hex_row row;
	int what;

	json_array_end(j);
	json_array(j, "holes");
	hex_walk_init(&walk, hex->memory, hex->start, hex->n_bytes, HEX_COLUMNS_MAX);
	while ((what = hex_next(&walk, &row)) != HEX_END) {
		if (what != HEX_HOLE)
			continue;
		json_row(j, NULL);
		json_address(j, "start", row.address);
		json_u64(j, "bytes", row.n_bytes);
		json_text(j, "why", row.why);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

bool json_hex(struct json *j, const struct hex_info *hex, struct hex_progress *at)
{
	struct hex_row row;

	if (!at->begun) {
		hex_walk_init(&at->walk, hex->memory, hex->start, hex->n_bytes, HEX_COLUMNS_MAX);
		begin_document(j, hex);
	}
	at->begun = true;
	for (unsigned i = 0; i < PIECE_ROWS; i++) {
		int what = hex_next(&at->walk, &row);
		if (what == HEX_ROW && !at->in_range) {
			json_object(j, NULL);
			json_address(j, "start", row.address);
			json_u64(j, "bytes", at->walk.run_end - row.address);
			json_array(j, "rows");
			at->in_range = true;
		}
		if (what == HEX_ROW) {
			add_row(j, hex, &row);
			continue;
		}
		end_range(j, at);
		if (what == HEX_END) {
			finish(j, hex);
			return false;
		}
	}
	return true;
}
