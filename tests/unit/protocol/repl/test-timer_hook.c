/* The code that the board gets; what it does there is in tests/device/test-sites-cpu.py. */
#include "memprof/protocol/timer_hook.h"

#include "unit.h"

static const struct collection_hook hook = {
	.layout = { 0x20000100, 4, 16, 2, false },
	.token = UINT64_C(0x0123456789abcdef),
	.asks = true,
	.step_us = 20000,
};

UNIT_TEST(its_frames_are_those_of_the_filter)
{
	CLEANUP(strbuf_deinit) struct strbuf code = STRBUF_INIT;

	timer_hook_code(&code, &hook);
	assert_non_null(
		strstr(strbuf_text(&code), "bin=bytearray(b'\\x1e@ABCDEFGHIJKLMNO@@@@@@@@@@@@@@@@B')\n str=4\n"));
	assert_non_null(strstr(strbuf_text(&code), "\n chr=[0,0,19951]\n")); /* 0xcdef & 0x7fff */
}

UNIT_TEST(periods_have_the_mean_that_is_wanted)
{
	CLEANUP(strbuf_deinit) struct strbuf code = STRBUF_INIT;
	unsigned long last = 0, sum = 0, n = 0;

	timer_hook_code(&code, &hook);
	const char *at = strstr(strbuf_text(&code), " float=(");
	assert_non_null(at);
	for (at += strlen(" float="); *at != ')'; n++) {
		char *end;
		unsigned long period_ms = strtoul(at + 1, &end, 10);
		assert_true(period_ms >= 1 && period_ms >= last);
		sum += last = period_ms;
		at = end;
	}
	assert_int_equal(n, 16);
	assert_in_range(sum, 16 * 20 - 8, 16 * 20 + 8);
}
