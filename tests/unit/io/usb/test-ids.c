#include "memprof/io/usb_ids.h"

#include "sample.h"
#include "unit.h"

static struct usb_ids *ids;

/* ---- the file that is shipped ---- */

UNIT_BEFORE(read_shipped)
{
	struct sample file;
	struct diag diag = { .text = "" };

	sample_read("../../layouts/usb-ids.json", &file);
	if (usb_ids_read((const char *)file.bytes, file.n_bytes, "usb-ids.json", &ids, &diag) != 0)
		fail_msg("usb-ids.json:%u: %s", (unsigned)diag.at.line, diag.text);
	sample_free(&file);
}

UNIT_AFTER(free_shipped) { usb_ids_free(ids); }

UNIT_TEST(boards_are_found)
{
	static const struct {
		uint16_t vid, pid;
		enum usb_id_kind kind;
		const char *name; /* a part of it */
	} boards[] = {
		{ 0xf055, 0x9800, USB_ID_MICROPYTHON, "Renesas" },
		{ 0xf055, 0x9802, USB_ID_MICROPYTHON, "SAMD" },
		{ 0xf055, 0x980a, USB_ID_MICROPYTHON, "pyboard" },
		{ 0x2e8a, 0x0005, USB_ID_MICROPYTHON, "Pico" },
		{ 0x2e8a, 0x0003, USB_ID_BOOTLOADER, "RP2040" },
		{ 0x2e8a, 0x000f, USB_ID_BOOTLOADER, "RP2350" },
		{ 0x2e8a, 0x000c, USB_ID_DEBUGGER, "picoprobe" },
		{ 0x2e8a, 0x1020, USB_ID_ANY, "Waveshare" },
		{ 0x2e8a, 0x1022, USB_ID_ANY, "RP2350" },
		{ 0x303a, 0x4001, USB_ID_MICROPYTHON, "ESP32" },
		{ 0x303a, 0x1001, USB_ID_ANY, "USB-Serial-JTAG" },
		{ 0x239a, 0x80f4, USB_ID_CIRCUITPYTHON, "Adafruit" },
		{ 0x239a, 0x80f2, USB_ID_ANY, "RP2040" },
		{ 0x239a, 0x0029, USB_ID_BOOTLOADER, "Adafruit" },
		{ 0x1209, 0xabd1, USB_ID_OPENMV, "OpenMV" },
		{ 0x1209, 0x0001, USB_ID_ANY, "pid.codes" },
		{ 0x37c5, 0x1204, USB_ID_OPENMV, "H7" },
		{ 0x37c5, 0x124a, USB_ID_OPENMV, "H7 Plus" },
		{ 0x37c5, 0xffff, USB_ID_OPENMV, "OpenMV camera" },
		{ 0x2341, 0x045b, USB_ID_OPENMV, "Portenta H7" },
		{ 0x2341, 0x055b, USB_ID_MICROPYTHON, "Portenta H7" },
		{ 0x2341, 0x0000, USB_ID_ANY, "Arduino board" },
		{ 0x10c4, 0xea60, USB_ID_BRIDGE, "CP210x" },
		{ 0x1a86, 0x7523, USB_ID_BRIDGE, "CH340" },
		{ 0x0403, 0x6001, USB_ID_BRIDGE, "FTDI" },
		{ 0x0d28, 0x0204, USB_ID_DEBUGGER, "micro:bit" },
		{ 0x0694, 0x0010, USB_ID_MICROPYTHON, "LEGO" },
		{ 0x16c0, 0x0483, USB_ID_ANY, "Teensy" },
		{ 0x1366, 0x0105, USB_ID_DEBUGGER, "J-Link" },
		{ 0x0483, 0x374b, USB_ID_DEBUGGER, "ST-Link" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
		const struct usb_id *id = usb_ids_find(ids, boards[i].vid, boards[i].pid);
		if (!id || id->kind != boards[i].kind || !strstr(id->name, boards[i].name))
			fail_msg("%04x:%04x is %s", boards[i].vid, boards[i].pid, id ? id->name : "not there");
	}
	assert_null(usb_ids_find(ids, 0xf055, 0x980b));
	assert_null(usb_ids_find(ids, 0x0001, 0x0001));
	assert_null(usb_ids_find(ids, 0x10c4, 0xea61));
}

/* The reader sees to most of it; here is what it need not know. */
UNIT_TEST(entries_are_each_of_use)
{
	bool seen[N_USB_ID_KINDS] = { false };
	const struct usb_id *id;
	size_t n = 0;

	for (; (id = usb_ids_at(ids, n)); n++) {
		assert_true(strlen(id->name) > 2 && strlen(id->name) <= USB_ID_NAME_MAX_CHARS);
		assert_true(id->name[0] != ' ' && id->name[strlen(id->name) - 1] != '.');
		assert_true(id->first_pid <= id->last_pid);
		assert_true(id->vid != 0);
		seen[id->kind] = true;
		/* Some id is its own: no entry is hidden by narrower ones. */
		unsigned pid = id->first_pid;
		while (pid <= id->last_pid && usb_ids_find(ids, id->vid, (uint16_t)pid) != id)
			pid++;
		assert_true(pid <= id->last_pid);
	}
	assert_true(n >= 50);
	assert_null(usb_ids_at(ids, n + 1));
	for (size_t i = 0; i < N_USB_ID_KINDS; i++)
		assert_true(seen[i] && strlen(usb_id_kind_name((enum usb_id_kind)i)) > 2);
}

/* ---- others ---- */

#define FILE_OF(entries) "{\"schema\": \"memprof.usb-ids/1\", \"ids\": [" entries "]}"
#define ENTRY(ids)       "{" ids ", \"kind\": \"any\", \"name\": \"x\"}"

UNIT_TEST(the_narrowest_wins_wherever_it_stands)
{
	static const char text[] = FILE_OF(
		"{\"vid\": \"0001\", \"pid\": \"0010\", \"kind\": \"bridge\", \"name\": \"one\"},"
		"{\"vid\": \"0001\", \"kind\": \"any\", \"name\": \"all\"},"
		"{\"vid\": \"0001\", \"pid\": \"0000\", \"last_pid\": \"00ff\", \"kind\": \"openmv\", \"name\": \"many\"},"
		"{\"vid\": \"0001\", \"pid\": \"000f\", \"last_pid\": \"0020\", \"kind\": \"any\", \"name\": \"some\"}");
	static const struct {
		uint16_t pid;
		const char *name;
	} expected[] = {
		{ 0x10, "one" },  { 0x0f, "some" }, { 0x20, "some" },  { 0x0e, "many" },
		{ 0xff, "many" }, { 0x100, "all" }, { 0xffff, "all" },
	};
	struct usb_ids *some = NULL;

	assert_int_equal(usb_ids_read(text, sizeof(text) - 1, "x", &some, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(usb_ids_find(some, 1, expected[i].pid)->name, expected[i].name);
	assert_null(usb_ids_find(some, 2, 0x10));
	assert_string_equal(usb_ids_at(some, 3)->name, "some");
	assert_null(usb_ids_at(some, 4));
	usb_ids_free(some);
	usb_ids_free(NULL);
}

UNIT_TEST(what_is_wrong_is_refused_with_its_place)
{
	static const struct {
		const char *text;
		uint32_t col;
		const char *summary;
	} faults[] = {
		{ "[]", 1, "must be an object" },
		{ "{\"ids\": []}", 1, "no 'schema'" },
		{ "{\"schema\": \"memprof.usb-ids/2\", \"ids\": []}", 12, "expected the schema 'memprof.usb-ids/1'" },
		{ "{\"schema\": 1, \"ids\": []}", 12, "must be a string" },
		{ "{\"schema\": \"memprof.usb-ids/1\"}", 1, "no 'ids'" },
		{ "{\"schema\": \"memprof.usb-ids/1\", \"ids\": {}}", 40, "must be an array" },
		{ "{\"schema\": \"memprof.usb-ids/1\", \"id\": []}", 33, "unknown member 'id'" },
		{ FILE_OF("1"), 41, "must be an object" },
		{ FILE_OF("{}"), 41, "no 'vid'" },
		{ FILE_OF(ENTRY("\"vid\": \"F055\"")), 49, "four lower-case" },
		{ FILE_OF(ENTRY("\"vid\": \"055\"")), 49, "found '055'" },
		{ FILE_OF(ENTRY("\"vid\": \"0x55\"")), 49, "four lower-case" },
		{ FILE_OF(ENTRY("\"vid\": 4660")), 49, "must be a string" },
		{ FILE_OF(ENTRY("\"vid\": \"f055\", \"pid\": \"12345\"")), 64, "four lower-case" },
		{ FILE_OF(ENTRY("\"vid\": \"f055\", \"last_pid\": \"1234\"")), 41, "no 'pid'" },
		{ FILE_OF(ENTRY("\"vid\": \"f055\", \"pid\": \"0002\", \"last_pid\": \"0002\"")), 84, "must be above" },
		{ FILE_OF(ENTRY("\"vid\": \"f055\", \"product\": 1")), 57, "unknown member 'product'" },
		{ FILE_OF("{\"vid\": \"f055\", \"kind\": \"python\", \"name\": \"x\"}"), 65, "unknown kind 'python'" },
		{ FILE_OF("{\"vid\": \"f055\", \"name\": \"x\"}"), 41, "no 'kind'" },
		{ FILE_OF("{\"vid\": \"f055\", \"kind\": \"any\"}"), 41, "no 'name'" },
		{ FILE_OF("{\"vid\": \"f055\", \"kind\": \"any\", \"name\": \"\"}"), 80, "1 to 48" },
		{ FILE_OF("{\"vid\": \"f055\", \"kind\": \"any\", \"name\": \"a\\nb\"}"), 80, "printable" },
		{ FILE_OF("{\"vid\": \"f055\", \"kind\": \"any\", \"name\":"
			  " \"1234567890123456789012345678901234567890123456789\"}"),
		  80, "found 49" },
		{ FILE_OF(ENTRY("\"vid\": \"f055\"") "," ENTRY("\"vid\": \"f055\"")), 85, "the same ids as entry 1" },
		{ FILE_OF(ENTRY("\"vid\": \"0001\", \"pid\": \"0010\", \"last_pid\": \"0020\"") "," ENTRY(
			  "\"vid\": \"0001\", \"pid\": \"0020\", \"last_pid\": \"0030\"")),
		  120, "the same ids" },
		{ FILE_OF(ENTRY("\"vid\": \"f055\"") ","), 85, "trailing comma" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct usb_ids *none = NULL;
		struct diag diag = { .text = "" };
		int r = usb_ids_read(faults[i].text, strlen(faults[i].text), "x", &none, &diag);
		if (r != -EINVAL || none || diag.at.line != 1 || diag.at.col != faults[i].col ||
		    !strstr(diag.text, faults[i].summary))
			fail_msg("%s: %d, column %u: %s", faults[i].text, r, diag.at.col, diag.text);
	}
}

UNIT_TEST(more_entries_than_are_read_are_refused)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct usb_ids *some = NULL;
	struct diag diag = { .text = "" };

	strbuf_puts(&s, "{\"schema\": \"memprof.usb-ids/1\", \"ids\": [");
	for (unsigned i = 0; i < USB_IDS_MAX; i++)
		strbuf_printf(&s, "%s{\"vid\": \"%04x\", \"kind\": \"any\", \"name\": \"x\"}", i ? "," : "", i);
	size_t n = s.n_bytes;
	strbuf_puts(&s, "]}");
	assert_int_equal(usb_ids_read(s.text, s.n_bytes, "x", &some, &diag), 0);
	assert_non_null(usb_ids_at(some, USB_IDS_MAX - 1));
	usb_ids_free(some);
	s.n_bytes = n;
	strbuf_puts(&s, ",0]}");
	assert_int_equal(usb_ids_read(s.text, s.n_bytes, "x", &some, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "the limit is 2000"));
}
