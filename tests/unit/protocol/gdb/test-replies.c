#include "memprof/protocol/gdb.h"

#include "memprof/base/number.h"
#include "unit.h"

static struct gdb gdb;

static const struct gdb *reply(const char *text)
{
	gdb.n_reply = strlen(text);
	memcpy(gdb.reply, text, gdb.n_reply + 1);
	return &gdb;
}

UNIT_TEST(features)
{
	struct gdb_features f;

	gdb_read_features(reply("PacketSize=1000;qXfer:features:read+;vContSupported+;multiprocess+"), &f);
	assert_true(f.packet_bytes == 0x1000 && f.target_xml && f.vcont && f.multiprocess);
	assert_false(f.memory_map || f.no_ack_mode || f.is_process);
	assert_int_equal(gdb_read_bytes(&f), (0x1000 - 8) / 2);
	gdb_read_features(reply("PacketSize=47ff;QStartNoAckMode+;qXfer:auxv:read+;qXfer:memory-map:read-"), &f);
	assert_true(f.no_ack_mode && f.is_process);
	assert_false(f.memory_map);
	assert_int_equal(gdb_read_bytes(&f), GDB_READ_MAX_BYTES);
	gdb_read_features(reply(""), &f);
	assert_int_equal(gdb_read_bytes(&f), (GDB_PACKET_DEFAULT_BYTES - 8) / 2);
	gdb_read_features(reply("PacketSize=0"), &f);
	assert_true(gdb_read_bytes(&f) > 0);
	gdb_read_features(reply("PacketSize=ffffffffff"), &f);
	assert_int_equal(gdb_read_bytes(&f), GDB_READ_MAX_BYTES);
}

UNIT_TEST(bytes)
{
	uint8_t got[4] = { 0 };

	assert_int_equal(gdb_read_hex(reply("78563412"), got, 4), 4);
	assert_memory_equal(got, "\x78\x56\x34\x12", 4);
	assert_int_equal(gdb_read_hex(reply("ABxx"), got, 4), 2);
	assert_true(got[0] == 0xab && got[1] == 0);
	assert_int_equal(gdb_read_hex(reply("123"), got, 4), 0);
	assert_int_equal(gdb_read_hex(reply("12g4"), got, 4), 0);
	assert_int_equal(gdb_read_hex(reply("1234567890"), got, 4), 0);
	assert_true(gdb_is_error(reply("E14")) && gdb_is_error(reply("E.no target")) && gdb_is(&gdb, "E.no target"));
	assert_false(gdb_is_error(reply("E142")) || gdb_is_error(reply("")));
}

UNIT_TEST(pieces)
{
	const char *piece;
	bool is_last;
	size_t n;

	assert_true(gdb_read_piece(reply("mabc"), &piece, &n, &is_last));
	assert_true(n == 3 && !is_last && memcmp(piece, "abc", 3) == 0);
	assert_true(gdb_read_piece(reply("l"), &piece, &n, &is_last));
	assert_true(n == 0 && is_last);
	assert_false(gdb_read_piece(reply("E00"), &piece, &n, &is_last));
	assert_false(gdb_read_piece(reply(""), &piece, &n, &is_last));
}

UNIT_TEST(memory_maps)
{
	static const char xml[] =
		"<?xml version=\"1.0\"?><memory-map>"
		"<memory type=\"flash\" start=\"0x08000000\" length=\"0x100000\"><property name=\"blocksize\">0x800"
		"</property></memory>"
		"<memory type='ram' start='0x20000000' length='0x20000'/>"
		"<memory length=\"0x10\" start=\"16\" type=\"ram\"/>"
		"<memory type=\"ram\" start=\"0x20000000\"/>"
		"<memory type=\"ram\" start=\"0xffffffffffffffff\" length=\"0x10\"/>"
		"<memory type=\"ram\" start=\"";
	struct gdb_range ranges[GDB_RANGES_MAX];

	assert_int_equal(gdb_read_memory_map(xml, sizeof(xml) - 1, ranges), 2);
	assert_u64_equal(ranges[0].start, 0x20000000);
	assert_u64_equal(ranges[0].n_bytes, 0x20000);
	assert_u64_equal(ranges[1].start, 16);
	for (size_t n = 0; n < sizeof(xml); n++)
		assert_true(gdb_read_memory_map(xml, n, ranges) <= 2);
}

UNIT_TEST(processors)
{
	static const struct {
		const char *name;
		unsigned i_stack_pointer, word_bytes, i_counter, i_return;
	} known[] = { { "arm", 13, 4, 15, 14 },
		      { "armv6s-m", 13, 4, 15, 14 },
		      { "riscv:rv32", 2, 4, 32, 1 },
		      { "i386:x86-64", 7, 8, 16, GDB_ON_STACK } };
	struct gdb_processor p;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		char xml[100];
		int n = snprintf(xml, sizeof(xml), "<target><architecture>%s</architecture>", known[i].name);
		assert_true(gdb_read_processor(xml, (size_t)n, &p));
		assert_int_equal(p.i_stack_pointer, known[i].i_stack_pointer);
		assert_int_equal(p.word_bytes, known[i].word_bytes);
		assert_int_equal(p.i_counter, known[i].i_counter);
		assert_int_equal(p.i_return, known[i].i_return);
		assert_int_equal(p.is_arm, known[i].name[0] == 'a');
	}
	assert_false(gdb_read_processor("<architecture>xtensa</architecture>", 35, &p));
	assert_false(gdb_read_processor("<architecture>ar", 16, &p));
	assert_false(gdb_read_processor("", 0, &p));
}

UNIT_TEST(stops)
{
	static const struct {
		const char *reply;
		unsigned signal;
		const char *thread;
		bool has_ended;
	} cases[] = {
		{ "T05thread:p1f.2a;", 5, "p1f.2a", false },
		{ "T02core:3;thread:01;", 2, "01", false },
		{ "T1ethread:x;", 0x1e, "", false },
		{ "S05", 5, "", false },
		{ "W00", 0, "", true },
		{ "X0b", 0xb, "", true },
		{ "T05thread:", 5, "", false },
		{ "T05thread:00000000000000000000000000000000000000001;", 5, "0000000000000000000000000000000", false },
	};
	struct gdb_stop stop;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		gdb_read_stop(reply(cases[i].reply), &stop);
		assert_int_equal(stop.signal, cases[i].signal);
		assert_string_equal(stop.thread, cases[i].thread);
		assert_int_equal(stop.has_ended, cases[i].has_ended);
	}
}
