/* What a GDB server sends. The first byte has options: 1: acknowledgements are off; its upper half is how many bytes
 * come at once, less one. */
#include "fuzz.h"

#include "memprof/base/number.h"
#include "memprof/protocol/gdb.h"

static void read_reply(const struct gdb *g)
{
	struct gdb_features features;
	struct gdb_range ranges[GDB_RANGES_MAX];
	struct gdb_processor processor;
	struct gdb_stop stop;
	uint8_t bytes[256];
	const char *piece = NULL;
	size_t n = 0;
	bool is_last;

	gdb_read_features(g, &features);
	MUST(gdb_read_bytes(&features) > 0 && gdb_read_bytes(&features) <= GDB_READ_MAX_BYTES);
	gdb_read_stop(g, &stop);
	MUST(strspn(stop.thread, "0123456789abcdefABCDEFp.") == strlen(stop.thread));
	MUST(strlen(stop.thread) < sizeof(stop.thread));
	MUST(gdb_read_hex(g, bytes, sizeof(bytes)) <= sizeof(bytes));
	MUST(!gdb_is(g, "OK") || !gdb_is_error(g));
	if (!gdb_read_piece(g, &piece, &n, &is_last))
		return;
	/* A copy that ends where its memory ends. */
	char *xml = malloc(n + (n == 0));
	MUST(xml);
	memcpy(xml, piece, n);
	size_t n_ranges = gdb_read_memory_map(xml, n, ranges);
	MUST(n_ranges <= GDB_RANGES_MAX);
	for (size_t i = 0; i < n_ranges; i++)
		MUST(ranges[i].n_bytes > 0 && ranges[i].start + ranges[i].n_bytes >= ranges[i].start);
	MUST(!gdb_read_processor(xml, n, &processor) || processor.word_bytes == 4 || processor.word_bytes == 8);
	free(xml);
}

FUZZ(data, size)
{
	static struct gdb g;

	if (size < 1)
		return;
	g = (struct gdb){ .no_acks = data[0] & 1 };
	gdb_request(&g, "qSupported");
	gdb_sent(&g, g.n_out);
	const size_t n_piece = 1 + (size_t)(data[0] >> 4);
	for (size_t i = 1; i < size;) {
		enum gdb_event event;
		size_t n = MIN(size - i, n_piece), n_fed = gdb_feed(&g, data + i, n, &event);
		MUST(n_fed >= 1 && n_fed <= n);
		MUST(event == GDB_MORE ? n_fed == n : true);
		MUST(g.n_reply <= GDB_REPLY_MAX_BYTES && g.n_out <= sizeof(g.out));
		if (event == GDB_REPLY || event == GDB_STOP) {
			MUST(g.reply[g.n_reply] == '\0');
			read_reply(&g);
		}
		gdb_interrupt(&g);
		gdb_sent(&g, g.n_out);
		i += n_fed;
	}
}
