#include "memprof/protocol/gdb.h"

#include "memprof/base/number.h"
#include "unit.h"

/* Feeds all, n bytes at once, and notes each event: "R:reply ", "S:reply ", "D ", "L ". */
static void feed(struct gdb *g, const char *bytes, size_t n_bytes, size_t n_piece, struct strbuf *ret)
{
	static const char letters[] = {
		[GDB_REPLY] = 'R', [GDB_STOP] = 'S', [GDB_DAMAGED] = 'D', [GDB_TOO_LONG] = 'L'
	};

	for (size_t i = 0; i < n_bytes;) {
		enum gdb_event event;
		i += gdb_feed(g, (const uint8_t *)bytes + i, MIN(n_bytes - i, n_piece), &event);
		if (event == GDB_REPLY || event == GDB_STOP)
			strbuf_printf(ret, "%c:%s ", letters[event], g->reply);
		else if (event != GDB_MORE)
			strbuf_printf(ret, "%c ", letters[event]);
	}
}

static void assert_fed(const char *bytes, bool no_acks, const char *events, const char *out)
{
	for (size_t n_piece = 1; n_piece <= strlen(bytes); n_piece++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct gdb g = { .no_acks = no_acks };
		feed(&g, bytes, strlen(bytes), n_piece, &text);
		assert_string_equal(strbuf_text(&text), events);
		assert_int_equal(g.n_out, strlen(out));
		assert_memory_equal(g.out, out, g.n_out);
	}
}

UNIT_TEST(packets_in_any_pieces)
{
	assert_fed("$OK#9a", false, "R:OK ", "+");
	assert_fed("+$OK#9A$#00", true, "R:OK R: ", "");
	assert_fed("+$T02thread:01;#04$E14#aa", false, "S:T02thread:01; R:E14 ", "++");
	assert_fed("$S05#b8$W00#b7$X09#c1", true, "S:S05 S:W00 S:X09 ", "");
	assert_fed("$O48690a#bb$OK#9a", true, "R:OK ", ""); /* output of the target */
	assert_fed("%Stop:T05#aa$OK#9a", false, "R:OK ", "+");
	assert_fed("noise$OK#9a", true, "R:OK ", "");
}

UNIT_TEST(escapes_and_run_lengths)
{
	assert_fed("$0* #7a", true, "R:0000 ", ""); /* GDB's manual: 3 more */
	assert_fed("$1*\"2*!3#2d", true, "R:111111222223 ", "");
	assert_fed("$a}]b#9d", true, "R:a}b ", "");
	assert_fed("$*0#5a", true, "R:*0 ", ""); /* nothing to repeat */
}

UNIT_TEST(damaged_packets_are_sent_again)
{
	assert_fed("$OK#00$OK#9a", false, "R:OK ", "-+");
	assert_fed("$OK#9x$OK#9a", false, "R:OK ", "-+");
	assert_fed("$OK#00$OK#00$OK#00$OK#00", false, "D ", "---");
	assert_fed("$OK#00$OK#9a", true, "D R:OK ", "");
	assert_fed("$half$OK#9a", true, "R:OK ", "");
}

UNIT_TEST(requests)
{
	struct gdb g = { .n_out = 0 };
	enum gdb_event event;

	gdb_request(&g, "m20000000,40");
	assert_int_equal(g.n_out, 16);
	assert_memory_equal(g.out, "$m20000000,40#7f", 16);
	gdb_interrupt(&g);
	assert_memory_equal(g.out, "\3$m20000000,40#7f", 17);
	gdb_sent(&g, 17);
	assert_int_equal(g.n_out, 0);
	for (int i = 0; i < 5; i++) /* refused: sent again, but not for ever */
		gdb_feed(&g, (const uint8_t *)"-", 1, &event);
	assert_int_equal(g.n_out, 3 * 16);
	gdb_request(&g, "?");
	assert_memory_equal(g.out + 3 * 16, "$?#3f", 5);
}

UNIT_TEST(long_packets_are_left_out)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, events CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct gdb g = { .no_acks = true };

	strbuf_puts(&text, "$");
	for (unsigned i = 0; i < 300; i++) /* 98 bytes each */
		strbuf_puts(&text, "0*~");
	strbuf_printf(&text, "#%02x$OK#9a", 300 * ('0' + '*' + '~') & 255);
	feed(&g, text.text, text.n_bytes, 1000, &events);
	assert_string_equal(strbuf_text(&events), "L R:OK ");
}
