/* The rules that devices --udev and --udev-record print. */
#include "udev_rules.h"

#include "unit.h"

typedef void rules_printer(struct strbuf *out, const struct usb_ids *ids);

static void print_by(rules_printer *printer, const char *entries, struct strbuf *ret)
{
	CLEANUP(strbuf_deinit) struct strbuf file = STRBUF_INIT;
	struct usb_ids *ids = NULL;
	struct diag diag = { .text = "" };

	strbuf_printf(&file, "{\"schema\": \"memprof.usb-ids/1\", \"ids\": [%s]}", entries);
	if (usb_ids_read(strbuf_text(&file), file.n_bytes, "x", &ids, &diag) != 0)
		fail_msg("%s", diag.text);
	printer(ret, ids);
	usb_ids_free(ids);
}

static void print(const char *entries, struct strbuf *ret) { print_by(udev_rules, entries, ret); }

/* The line with the rule of one entry. */
static void assert_products(const char *pids, const char *pattern)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf entry = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf wanted = STRBUF_INIT;

	strbuf_printf(&entry, "{\"vid\": \"2e8a\"%s, \"kind\": \"any\", \"name\": \"x\"}", pids);
	print(strbuf_text(&entry), &s);
	strbuf_printf(&wanted,
		      "\nSUBSYSTEMS==\"usb\", ATTRS{idVendor}==\"2e8a\"%s, TAG+=\"uaccess\","
		      " ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n",
		      pattern);
	if (!strstr(strbuf_text(&s), strbuf_text(&wanted)))
		fail_msg("not there: %s\nbut: %s", strbuf_text(&wanted), strbuf_text(&s));
}

#define RANGE(first, last) ", \"pid\": \"" first "\", \"last_pid\": \"" last "\""
#define PIDS(pattern)      ", ATTRS{idProduct}==\"" pattern "\""

UNIT_TEST(ranges_are_patterns)
{
	assert_products(", \"pid\": \"0005\"", PIDS("0005"));
	assert_products(", \"pid\": \"0000\"", PIDS("0000"));
	assert_products("", "");
	assert_products(RANGE("0000", "ffff"), "");
	assert_products(RANGE("4000", "400f"), PIDS("400?"));
	assert_products(RANGE("0000", "00ff"), PIDS("00??"));
	assert_products(RANGE("8000", "8fff"), PIDS("8???"));
	assert_products(RANGE("0000", "0fff"), PIDS("0???"));
	assert_products(RANGE("8000", "81ff"), PIDS("80??|81??"));
	assert_products(RANGE("101f", "1021"), PIDS("101f|1020|1021"));
	assert_products(RANGE("0001", "0002"), PIDS("0001|0002"));
	assert_products(RANGE("fff0", "ffff"), PIDS("fff?"));
	assert_products(RANGE("fffe", "ffff"), PIDS("fffe|ffff"));
	assert_products(RANGE("4000", "401f"), PIDS("400?|401?"));
	assert_products(RANGE("4001", "400f"), PIDS("4001|4002|4003|4004|4005|4006|4007|4008|4009|400a|"
						    "400b|400c|400d|400e|400f"));
}

/* A converter may have a modem behind it, and is left to ModemManager. */
UNIT_TEST(only_boards_are_kept_from_modem_manager)
{
	static const struct {
		const char *kind;
		bool ignored;
	} kinds[] = {
		{ "micropython", true }, { "circuitpython", true }, { "openmv", true },    { "any", true },
		{ "bootloader", true },  { "bridge", false },       { "debugger", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf entry = STRBUF_INIT;
		strbuf_printf(&entry, "{\"vid\": \"0001\", \"kind\": \"%s\", \"name\": \"x\"}", kinds[i].kind);
		print(strbuf_text(&entry), &s);
		assert_non_null(strstr(strbuf_text(&s), "TAG+=\"uaccess\""));
		assert_int_equal(strstr(strbuf_text(&s), "ID_MM_DEVICE_IGNORE") != NULL, kinds[i].ignored);
	}
}

UNIT_TEST(a_file_begins_and_ends)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	print("", &s);
	assert_string_equal(strbuf_text(&s),
			    "# Let whoever is logged in at this computer open the boards that memprof knows.\n"
			    "#     memprof devices --udev | sudo tee /etc/udev/rules.d/60-memprof.rules\n"
			    "#     sudo udevadm control --reload && sudo udevadm trigger\n"
			    "ACTION==\"remove\", GOTO=\"memprof_end\"\n"
			    "SUBSYSTEM!=\"tty\", ENV{DEVTYPE}!=\"usb_device\", GOTO=\"memprof_end\"\n"
			    "LABEL=\"memprof_end\"\n");
}

/* A recording sends to the port: only kinds that run Python. */
UNIT_TEST(boards_that_run_python_are_recorded)
{
	static const struct {
		const char *kind;
		bool recorded;
	} kinds[] = {
		{ "micropython", true }, { "circuitpython", true }, { "openmv", true },    { "any", false },
		{ "bootloader", false }, { "bridge", false },       { "debugger", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf entry = STRBUF_INIT;
		strbuf_printf(&entry, "{\"vid\": \"0001\", \"kind\": \"%s\", \"name\": \"x\"}", kinds[i].kind);
		print_by(udev_record_rules, strbuf_text(&entry), &s);
		assert_int_equal(strstr(strbuf_text(&s),
					"# x\nSUBSYSTEMS==\"usb\", ATTRS{idVendor}==\"0001\", "
					"GOTO=\"memprof_record\"\n") != NULL,
				 kinds[i].recorded);
		assert_int_equal(strstr(strbuf_text(&s), "# x\n") != NULL, kinds[i].recorded);
	}
}

#define ENTRY(pids, kind) "{\"vid\": \"0001\"" pids ", \"kind\": \"" kind "\", \"name\": \"x\"}"

/* The more specific entry decides, wherever it is in the table. */
UNIT_TEST(an_exception_comes_first)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	print_by(udev_record_rules, ENTRY("", "circuitpython") ", " ENTRY(", \"pid\": \"0007\"", "any"), &s);
	const char *exception = strstr(strbuf_text(&s), PIDS("0007") ", GOTO=\"memprof_record_end\"\n");
	const char *board = strstr(strbuf_text(&s), "ATTRS{idVendor}==\"0001\", GOTO=\"memprof_record\"\n");
	assert_non_null(exception);
	assert_true(board > exception);
}

/* A wider entry of anything does not hide a board. */
UNIT_TEST(a_board_among_others_is_recorded)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	print_by(udev_record_rules, ENTRY("", "any") ", " ENTRY(", \"pid\": \"0007\"", "openmv"), &s);
	assert_non_null(strstr(strbuf_text(&s), PIDS("0007") ", GOTO=\"memprof_record\"\n"));
	assert_null(strstr(strbuf_text(&s), "ATTRS{idVendor}==\"0001\", GOTO"));
}
