/* Ranges, voids and owners as the bytes say (six bytes each: kind, start, length), then the walk over all of it: rows
 * and holes are the stretch without a gap, and what a row shows is what memory_read reads. */
#include "fuzz.h"
#include "memprof/analysis/hex.h"
#include "memprof/analysis/owners.h"
#include "memprof/base/number.h"
#include "memprof/viewers/hex_view.h"

static void walk(const struct memory *m, uint64_t start, uint64_t n, unsigned n_columns)
{
	struct hex_walk w;
	struct hex_row row;
	uint64_t at = start, n_run;
	uint8_t bytes[HEX_COLUMNS_MAX];

	hex_walk_init(&w, m, start, n, n_columns);
	for (int what; (what = hex_next(&w, &row)) != HEX_END; at += row.n_bytes) {
		MUST(row.address == at && row.n_bytes > 0 && row.n_bytes <= start + n - at);
		MUST((what == HEX_ROW) == memory_run(m, at, &n_run));
		MUST(row.n_bytes <= n_run);
		if (what == HEX_HOLE)
			continue;
		MUST(row.n_bytes <= n_columns);
		MUST(memory_read(m, at, bytes, (size_t)row.n_bytes) == row.n_bytes);
		MUST(memcmp(bytes, row.bytes, (size_t)row.n_bytes) == 0);
	}
	MUST(at == start + n);
}

static void check_owners(const struct owners *o)
{
	for (enum owner_kind kind = 0; kind < N_OWNER_KINDS; kind++) {
		uint64_t until, end = o->start + o->n_bytes;
		for (uint64_t at = o->start; at < end; at = until) {
			const struct owner *owner = owners_at(o, kind, at, &until);
			MUST(until > at && until <= end);
			MUST(!owner || (owner->start <= at && owner->start + owner->n_bytes == until));
		}
	}
}

static void draw(const struct memory *m, const struct owners *o)
{
	const struct hex_info info = { .source = "\xff\n",
				       .format = "bin",
				       .space = "cpu",
				       .memory = m,
				       .owners = o,
				       .start = o->start,
				       .n_bytes = o->n_bytes };
	const struct text_style style = { .columns = 80 };
	struct hex_progress text_at = { 0 }, json_at = { 0 };
	struct strbuf s = STRBUF_INIT;
	struct json j;

	while (text_hex(&s, &info, &text_at, &style))
		;
	for (const char *p = strbuf_text(&s), *line; (line = strchr(p, '\n')); p = line + 1)
		MUST(line - p <= 80);
	strbuf_reset(&s);
	j = (struct json){ .out = &s };
	while (json_hex(&j, &info, &json_at))
		;
	MUST(j.depth == 0);
	strbuf_deinit(&s);
}

FUZZ(data, size)
{
	static const uint8_t content[256] = { 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5,
					      5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 'a' };
	struct memory m = { 0 };
	struct owners o;
	uint64_t high = size > 0 && data[0] & 1 ? UINT64_MAX - 0x10000 : 0;

	owners_init(&o, high + 0x100, 0x8000);
	for (size_t i = 1; i + 6 <= size && i < 6 * 200; i += 6) {
		uint64_t start = high + (uint64_t)(data[i + 1] << 8 | data[i + 2]);
		uint64_t n = (uint64_t)(data[i + 3] << 8 | data[i + 4]) & 0x1ff;
		char name[4] = { (char)data[i + 5], 'x', (char)data[i] };
		switch (data[i] % 3) {
		case 0:
			memory_add(&m, start, content, MIN(n, sizeof(content)));
			break;
		case 1:
			memory_add_void(&m, start, n, "why");
			break;
		default:
			owners_add(&o, data[i] / 3 % N_OWNER_KINDS, start, n, name, 3, n & 1 ? "what" : NULL);
		}
	}
	memory_finalize(&m);
	MUST(owners_finalize(&o) == 0);
	walk(&m, o.start, o.n_bytes, 8);
	walk(&m, o.start, o.n_bytes, 16);
	check_owners(&o);
	draw(&m, &o);
	owners_deinit(&o);
	memory_deinit(&m);
}
