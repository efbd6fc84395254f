/* How logs show the reset of a board, through the decoder. */
#include "console/resets.h"

#include "cuts.h"
#include "events.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "unit.h"

#define BANNER "MicroPython v1.25.0 on 2025-04-15; Raspberry Pi Pico with RP2040"
#define SAMPLE "free: 1 allocated: 2\n"

static void assert_events(const char *log, const char *expected)
{
	cuts_assert_events(&decoder_mem_info, log, expected);
}

UNIT_TEST(once_for_each)
{
	assert_events(
		BANNER
		"\n" SAMPLE "MPY: soft reboot\n" BANNER "\n" SAMPLE "\nsoft reboot\n" SAMPLE
		"ets Jun  8 2016 00:22:57\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\n" SAMPLE BANNER
		"\n" SAMPLE,
		"banner line 1 '" BANNER
		"' at -\n"
		"sample line 2 used 2 free 1 at -\n"
		"reset line 3 at -\n"
		"banner line 4 '" BANNER
		"' at -\n"
		"sample line 5 used 2 free 1 at -\n"
		"reset line 7 at -\n"
		"sample line 8 used 2 free 1 at -\n"
		"reset line 10 at -\n"
		"sample line 11 used 2 free 1 at -\n"
		"reset line 12 at -\n"
		"banner line 12 '" BANNER
		"' at -\n"
		"sample line 13 used 2 free 1 at -\n");
}

/* A log that was put behind another begins where that has its prompt; and a board may be reset there. */
UNIT_TEST(behind_a_prompt)
{
	assert_events(SAMPLE ">>> " BANNER "\n" SAMPLE,
		      "sample line 1 used 2 free 1 at -\n"
		      "reset line 2 at -\n"
		      "banner line 2 '" BANNER
		      "' at -\n"
		      "sample line 3 used 2 free 1 at -\n");
}

/* Ctrl-B prints the banner, too: behind a prompt. Prose is none. */
UNIT_TEST(lines_that_are_no_reset)
{
	assert_events(SAMPLE ">>> \n" BANNER "\n" SAMPLE "OK1234\x04\x04>\n" BANNER "\n" SAMPLE
			     "a soft reboot comes\nMPY: soft reboots\n>>> MPY: soft reboot\nrst:0x1\n",
		      "sample line 1 used 2 free 1 at -\n"
		      "banner line 3 '" BANNER
		      "' at -\n"
		      "sample line 4 used 2 free 1 at -\n"
		      "banner line 6 '" BANNER
		      "' at -\n"
		      "sample line 7 used 2 free 1 at -\n");
}

/* A dump that a reset cuts ends there. */
UNIT_TEST(within_a_dump)
{
	assert_events("GC: total: 64, used: 16, free: 48\nMPY: soft reboot\n" SAMPLE,
		      "snapshot line 1 +1 lines, whole 0, stack -/-, said 64/16/48 - - - - -\n"
		      "    gc 16 B, 0 blocks, missing 0 at -\n"
		      "reset line 2 at -\nsample line 3 used 2 free 1 at -\n");
}

/* Of a line between figures. */
static size_t n_resets(const char *line)
{
	CLEANUP(strbuf_deinit) struct strbuf log = STRBUF_INIT, events = STRBUF_INIT;
	size_t n = 0;

	strbuf_printf(&log, SAMPLE "%s\n" SAMPLE, line);
	events_of_text(&decoder_mem_info, strbuf_text(&log), &events);
	for (const char *p = strbuf_text(&events); (p = strstr(p, "reset line")); p++)
		n++;
	return n;
}

/* Of other firmwares: several lines one after the other are one reset. */
UNIT_TEST(of_other_firmwares)
{
	static const char *const lines[] = {
		"PYB: soft reboot",
		" ets Jan  8 2013,rst cause:2, boot mode:(3,6)",
		"ESP-ROM:esp32s3-20210327",
		"12:32:05.708 -> rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
		"Guru Meditation Error: Core  0 panic'ed (StoreProhibited). Exception was unhandled.\nRebooting...",
		"*** Booting Zephyr OS build v3.7.0 ***",
		"NuttShell (NSH) NuttX-12.5.1",
		"00:00:00.113 Project tasmota - Tasmota Version 14.1.0(release-tasmota32)",
		"[12:00:00][I][app:029]: Running through setup()...",
		" 2v24 (c) 2024 G.Williams",
		"I (9000) a: x\nI (40) boot: x",
	};
	static const char *const others[] = { "the first boot", "rst:0x1", "Running", "run setup()",
					      "Rebooting the board" };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (n_resets(lines[i]) != 1)
			fail_msg("'%s': %zu resets", lines[i], n_resets(lines[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (n_resets(others[i]) != 0)
			fail_msg("'%s' is a reset", others[i]);
}
