#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/viewers/hex_view.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"
#include "text/cut.h"

enum { PIECE_ROWS = 512, NAME_COLUMNS_MIN = 20 };

/* ---- who owns it ---- */

static const struct owner NOBODY = { .name = "-" };

/* What tells most about a byte; *ret_until is the next address where that may be another. */
static const struct owner *owner_of(const struct owners *owners, uint64_t address, uint64_t *ret_until)
{
	const struct owner *best = &NOBODY;

	*ret_until = UINT64_MAX;
	for (enum owner_kind kind = 0; kind < N_OWNER_KINDS && best == &NOBODY; kind++) {
		uint64_t until;
		const struct owner *owner = owners_at(owners, kind, address, &until);
		*ret_until = MIN(*ret_until, until);
		if (owner)
			best = owner;
	}
	return best;
}

/* Adds a name to the end of a row: with the byte of the row where it begins, if that is not the first, and how far
 * the row is in it. */
static void add_owner(struct strbuf *s, const struct owner *owner, const struct hex_row *row, uint64_t address)
{
	uint64_t offset = owner->n_bytes ? owner->offset + (address - owner->start) : 0;

	if (s->n_bytes)
		strbuf_puts(s, ", ");
	if (address > row->address)
		strbuf_printf(s, "@%" PRIx64 " ", address & 0xff);
	text_clean(s, owner->name);
	if (owner->what)
		strbuf_printf(s, " %s", owner->what);
	if (offset)
		strbuf_printf(s, "+0x%" PRIx64, offset);
}

/* The names that are new in a row. */
static void new_owners(struct strbuf *s, const struct hex_info *hex, const struct hex_row *row, struct hex_progress *at)
{
	uint64_t end = row->address + row->n_bytes, until;

	for (uint64_t address = row->address; address < end; address = MAX(until, address + 1)) {
		const struct owner *owner = owner_of(hex->owners, address, &until);
		bool known = at->owner && at->owner->name == owner->name && at->owner->what == owner->what;
		if (!known && (at->owner || owner != &NOBODY))
			add_owner(s, owner, row, address);
		at->owner = owner;
	}
}

/* ---- rows ---- */

static unsigned address_digits(const struct hex_info *hex)
{
	uint64_t last = hex->n_bytes ? hex->start + hex->n_bytes - 1 : hex->start;
	unsigned n = 8;

	while (n < 16 && last >> 4 * n)
		n++;
	return n;
}

/* "20001230  4d 50 59  |MPY|": 16 bytes a row if nothing needs to stand behind, or if there is room for it. */
static unsigned columns_used(unsigned n_digits, unsigned n_columns)
{
	return n_digits + 2 + 3 * n_columns + 2 + n_columns;
}

static unsigned choose_columns(const struct hex_info *hex, const struct text_style *style)
{
	unsigned used = columns_used(address_digits(hex), HEX_COLUMNS_MAX), n_names = 0;

	for (size_t i = 0; i < N_OWNER_KINDS; i++)
		n_names += hex->owners->of[i].n_items > 0;
	return used + (n_names ? NAME_COLUMNS_MIN : 0) <= style->columns ? HEX_COLUMNS_MAX : 8;
}

static void add_row(struct strbuf *out, const struct hex_info *hex, const struct hex_row *row, unsigned n_columns,
		    const struct strbuf *owners, const struct text_style *style)
{
	unsigned i_first = (unsigned)(row->address % n_columns), n = (unsigned)row->n_bytes;
	unsigned n_digits = address_digits(hex), used = columns_used(n_digits, n_columns);
	char text[HEX_COLUMNS_MAX + 1] = "";

	text_role(out, style, ROLE_FAINT);
	strbuf_printf(out, "%0*" PRIx64 " ", (int)n_digits, row->address - i_first);
	text_role(out, style, ROLE_PLAIN);
	memset(text, ' ', n_columns);
	for (unsigned i = 0; i < n_columns; i++) {
		if (i < i_first || i >= i_first + n) {
			strbuf_puts(out, "   ");
			continue;
		}
		strbuf_printf(out, " %02x", row->bytes[i - i_first]);
		text[i] = hex_char(row->bytes[i - i_first]);
	}
	strbuf_printf(out, " |%s|%s", text, owners->n_bytes ? "  " : "");
	text_cut(out, strbuf_text(owners), owners->n_bytes, style->columns > used + 12 ? style->columns - used - 2 : 10,
		 CUT_END);
	strbuf_putc(out, '\n');
}

/* What was held back: a line for many rows, and the row itself if it is one. */
static void end_same(struct strbuf *out, const struct hex_info *hex, struct hex_progress *at,
		     const struct text_style *style)
{
	static const struct strbuf no_name = STRBUF_INIT;
	struct hex_row row = at->last;

	row.address += at->walk.n_columns;
	if (at->n_same == 1)
		add_row(out, hex, &row, at->walk.n_columns, &no_name, style);
	else if (at->n_same > 1)
		strbuf_printf(out, "*  %s more identical rows\n", count_words(at->n_same, style).text);
	at->n_same = 0;
}

static bool repeats(const struct hex_progress *at, const struct hex_row *row)
{
	return row->n_bytes == at->walk.n_columns && at->last.n_bytes == row->n_bytes &&
	       memcmp(at->last.bytes, row->bytes, (size_t)row->n_bytes) == 0;
}

static void take_row(struct strbuf *out, const struct hex_info *hex, const struct hex_row *row, struct hex_progress *at,
		     const struct text_style *style)
{
	struct strbuf owners CLEANUP(strbuf_deinit) = STRBUF_INIT;

	new_owners(&owners, hex, row, at);
	if (!hex->all && owners.n_bytes == 0 && repeats(at, row)) {
		at->n_same++;
		return;
	}
	end_same(out, hex, at, style);
	add_row(out, hex, row, at->walk.n_columns, &owners, style);
	at->last = *row;
}

static void take_hole(struct strbuf *out, const struct hex_info *hex, const struct hex_row *row,
		      struct hex_progress *at, const struct text_style *style)
{
	uint64_t until;
	const struct owner *owner = owner_of(hex->owners, row->address, &until);

	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT, name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	end_same(out, hex, at, style);
	strbuf_printf(&line, "%0*" PRIx64 "  -- %s: %s", (int)address_digits(hex), row->address,
		      exact_words(row->n_bytes, style).text, row->why ? row->why : "nothing here");
	text_in_role(out, style, ROLE_FAINT, strbuf_text(&line));
	size_t n_taken = text_columns_of(strbuf_text(&line));
	if (owner != &NOBODY && n_taken + 12 < style->columns) {
		add_owner(&name, owner, row, row->address);
		strbuf_puts(out, "  ");
		text_cut(out, strbuf_text(&name), name.n_bytes, style->columns - n_taken - 2, CUT_END);
	}
	strbuf_putc(out, '\n');
	at->last.n_bytes = 0;
	at->owner = NULL;
}

bool text_hex(struct strbuf *out, const struct hex_info *hex, struct hex_progress *at, const struct text_style *style)
{
	struct hex_row row;

	if (!at->begun)
		hex_walk_init(&at->walk, hex->memory, hex->start, hex->n_bytes, choose_columns(hex, style));
	at->begun = true;
	for (unsigned i = 0; i < PIECE_ROWS; i++) {
		int what = hex_next(&at->walk, &row);
		if (what == HEX_END) {
			end_same(out, hex, at, style);
			return false;
		}
		(what == HEX_ROW ? take_row : take_hole)(out, hex, &row, at, style);
	}
	return true;
}
