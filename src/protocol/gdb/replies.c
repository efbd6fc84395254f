#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/protocol/gdb.h"

bool gdb_is(const struct gdb *g, const char *text)
{
	return g->n_reply == strlen(text) && memcmp(g->reply, text, g->n_reply) == 0;
}

bool gdb_is_error(const struct gdb *g)
{
	return (g->n_reply == 3 && g->reply[0] == 'E') || text_starts(g->reply, g->n_reply, "E.");
}

/* ---- stops ---- */

/* "T05thread:p1.1;…", "S05", "W00". */
void gdb_read_stop(const struct gdb *g, struct gdb_stop *ret)
{
	static const char name[] = "thread:";
	const char *p = text_find(g->reply, g->n_reply, name), *end = g->reply + g->n_reply;
	size_t n = 0;

	*ret = (struct gdb_stop){ .has_ended = g->reply[0] == 'W' || g->reply[0] == 'X' };
	if (g->n_reply >= 3)
		ret->signal = digit_of(g->reply[1]) << 4 | digit_of(g->reply[2]);
	for (p = p ? p + sizeof(name) - 1 : end; p < end && n + 1 < sizeof(ret->thread); p++) {
		if (digit_of(*p) > 15 && *p != 'p' && *p != '.')
			break;
		ret->thread[n++] = *p;
	}
}

/* ---- features ---- */

/* "name+": the stub has it. */
static bool has(const struct gdb *g, const char *name)
{
	const char *p = text_find(g->reply, g->n_reply, name), *end = p ? p + strlen(name) : NULL;

	return p && (p == g->reply || p[-1] == ';') && *end == '+';
}

void gdb_read_features(const struct gdb *g, struct gdb_features *ret)
{
	static const char packet_size[] = "PacketSize=";
	const char *p = text_find(g->reply, g->n_reply, packet_size);
	uint64_t n;

	*ret = (struct gdb_features){
		.packet_bytes = GDB_PACKET_DEFAULT_BYTES,
		.no_ack_mode = has(g, "QStartNoAckMode"),
		.vcont = has(g, "vContSupported"),
		.memory_map = has(g, "qXfer:memory-map:read"),
		.target_xml = has(g, "qXfer:features:read"),
		.multiprocess = has(g, "multiprocess"),
		.is_process = has(g, "qXfer:auxv:read"),
	};
	if (p && number_scan_hex(p + sizeof(packet_size) - 1, g->reply + g->n_reply, &n))
		ret->packet_bytes = (size_t)MIN(n, (uint64_t)GDB_REPLY_MAX_BYTES);
}

/* Two digits for each byte, and some for "$", "#", the sum, and stubs that count a NUL. */
size_t gdb_read_bytes(const struct gdb_features *features)
{
	enum { FRAME_BYTES = 8, LEAST_BYTES = 16 };
	size_t n = features->packet_bytes > FRAME_BYTES ? (features->packet_bytes - FRAME_BYTES) / 2 : 0;

	return MAX(MIN(n, (size_t)GDB_READ_MAX_BYTES), (size_t)LEAST_BYTES);
}

/* ---- bytes ---- */

size_t gdb_read_hex(const struct gdb *g, uint8_t *ret, size_t n_max)
{
	size_t n = g->n_reply / 2;

	if (g->n_reply % 2 || n > n_max)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const char *p = g->reply + 2 * i;
		bool is_unknown = p[0] == 'x' && p[1] == 'x';
		if (!is_unknown && (digit_of(p[0]) > 15 || digit_of(p[1]) > 15))
			return 0;
		ret[i] = is_unknown ? 0 : (uint8_t)(digit_of(p[0]) << 4 | digit_of(p[1]));
	}
	return n;
}

bool gdb_read_piece(const struct gdb *g, const char **ret, size_t *ret_n, bool *ret_last)
{
	if (g->n_reply == 0 || (g->reply[0] != 'm' && g->reply[0] != 'l'))
		return false;
	*ret = g->reply + 1;
	*ret_n = g->n_reply - 1;
	*ret_last = g->reply[0] == 'l';
	return true;
}

/* ---- XML: as much as stubs write of it ---- */

/* The value of an attribute of the tag at p. */
static bool attribute(const char *p, const char *end, const char *name, const char **ret, size_t *ret_n)
{
	const char *value = text_find(p, (size_t)(end - p), name);

	if (!value)
		return false;
	value += strlen(name);
	const char *last = value < end && (*value == '"' || *value == '\'') ?
				   memchr(value + 1, *value, (size_t)(end - value) - 1) :
				   NULL;
	if (!last)
		return false;
	*ret = value + 1;
	*ret_n = (size_t)(last - value) - 1;
	return true;
}

static bool number_attribute(const char *p, const char *end, const char *name, uint64_t *ret)
{
	char text[24];
	const char *value;
	size_t n;

	if (!attribute(p, end, name, &value, &n) || n >= sizeof(text))
		return false;
	text_copy(text, sizeof(text), value, n);
	return number_parse(text, ret) == 0;
}

size_t gdb_read_memory_map(const char *xml, size_t n_bytes, struct gdb_range ret[GDB_RANGES_MAX])
{
	const char *end = xml + n_bytes, *p = xml;
	size_t n_ranges = 0;

	while (n_ranges < GDB_RANGES_MAX && (p = text_find(p, (size_t)(end - p), "<memory "))) {
		const char *tag_end = memchr(p, '>', (size_t)(end - p)), *type;
		struct gdb_range range;
		size_t n;
		if (!tag_end)
			break;
		if (attribute(p, tag_end, " type=", &type, &n) && n == 3 && memcmp(type, "ram", 3) == 0 &&
		    number_attribute(p, tag_end, " start=", &range.start) &&
		    number_attribute(p, tag_end, " length=", &range.n_bytes) && range.n_bytes > 0 &&
		    range.start <= UINT64_MAX - range.n_bytes)
			ret[n_ranges++] = range;
		p = tag_end;
	}
	return n_ranges;
}

bool gdb_read_processor(const char *xml, size_t n_bytes, struct gdb_processor *ret)
{
	/* The order of registers: gdb/features in binutils-gdb, and the ABIs. MicroPython on ARM is Thumb code. */
	static const struct {
		const char *architecture;
		struct gdb_processor processor;
	} known[] = {
		{ "arm", { 4, 15, 13, { 0, 1 }, 0, 14, 2, true } },
		{ "riscv:rv32", { 4, 32, 2, { 10, 11 }, 10, 1, 4, false } },
		{ "riscv:rv64", { 8, 32, 2, { 10, 11 }, 10, 1, 4, false } },
		{ "i386:x86-64", { 8, 16, 7, { 5, 4 }, 0, GDB_ON_STACK, 1, false } },
	};
	static const char tag[] = "<architecture>";
	const char *p = text_find(xml, n_bytes, tag);

	for (size_t i = 0; p && i < ARRAY_SIZE(known); i++) {
		size_t n = strlen(known[i].architecture);
		const char *name = p + sizeof(tag) - 1;
		if (text_starts(name, n_bytes - (size_t)(name - xml), known[i].architecture) &&
		    name + n < xml + n_bytes && (name[n] == '<' || known[i].processor.word_bytes == 4)) {
			*ret = known[i].processor;
			return true;
		}
	}
	return false;
}
