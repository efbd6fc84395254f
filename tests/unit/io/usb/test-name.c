/* How USB boards are called. */
#include "usb/name.h"

#include "unit.h"

static struct usb_name read_name(const char *uri)
{
	struct usb_name name = { 0 };
	struct diag diag = { .text = "" };

	if (usb_name_read(uri, &name, &diag) != 0)
		fail_msg("%s: %s", uri, diag.text);
	return name;
}

static void assert_name(const char *uri, unsigned vid, unsigned pid, const char *serial, const char *plug,
			unsigned channel)
{
	struct usb_name name = read_name(uri);

	assert_true(name.has_ids);
	assert_int_equal(name.vid, vid);
	assert_int_equal(name.pid, pid);
	assert_string_equal(name.serial, serial);
	assert_string_equal(name.plug, plug);
	assert_int_equal(name.channel, channel);
}

UNIT_TEST(names)
{
	assert_name("usb:2e8a:0005", 0x2e8a, 5, "", "", 1);
	assert_name("usb:2E8A:5", 0x2e8a, 5, "", "", 1);
	assert_name("usb:f055:9800:", 0xf055, 0x9800, "", "", 1);
	assert_name("usb:2e8a:0005:e6614c31", 0x2e8a, 5, "e6614c31", "", 1);
	assert_name("usb:303a:1001:F4:12:FA:00:11:22", 0x303a, 0x1001, "F4:12:FA:00:11:22", "", 1);
	assert_name("usb:37c5:1204#2", 0x37c5, 0x1204, "", "", 2);
	assert_name("usb:37c5:1204:abc#8", 0x37c5, 0x1204, "abc", "", 8);
	assert_name("usb:37c5:1204@1-1.4", 0x37c5, 0x1204, "", "1-1.4", 1);
	assert_name("usb:37c5:1204:abc@10-2#2", 0x37c5, 0x1204, "abc", "10-2", 2);
}

UNIT_TEST(no_ids)
{
	for (size_t i = 0; i < 3; i++) {
		static const char *const uris[] = { "usb:", "usb:#2", "usb:@1-1" };
		struct usb_name name = read_name(uris[i]);
		assert_false(name.has_ids);
		assert_string_equal(name.serial, "");
		assert_string_equal(name.plug, i == 2 ? "1-1" : "");
		assert_int_equal(name.channel, i == 1 ? 2 : 1);
	}
}

/* Serial numbers are whatever a maker thought of. */
UNIT_TEST(serial_numbers_with_our_signs)
{
	assert_name("usb:1:2:a#b", 1, 2, "a#b", "", 1);
	assert_name("usb:1:2:a#", 1, 2, "a#", "", 1);
	assert_name("usb:1:2:a#2#1", 1, 2, "a#2", "", 1);
	assert_name("usb:1:2:me@home", 1, 2, "me@home", "", 1);
	assert_name("usb:1:2:a@", 1, 2, "a@", "", 1);
	assert_name("usb:1:2:a@1", 1, 2, "a@1", "", 1);
	assert_name("usb:1:2:a@1-", 1, 2, "a@1-", "", 1);
	assert_name("usb:1:2:@1-2345678901234567890123456789012", 1, 2, "@1-2345678901234567890123456789012", "", 1);
	assert_name("usb:1:2: x ", 1, 2, " x ", "", 1);
}

UNIT_TEST(what_is_no_name)
{
	static const char *const bad[] = {
		"usb:2e8a",  "usb:2e8a:",   "usb::0005",
		"usb:xyz:1", "usb:12345:1", "usb:1:12345",
		"usb:1:2z",  "usb: 1:2",    "usb:0x2e8a:0x0005",
		"usb:1:2#0", "usb:1:2#9",   "usb:1:2#99999999999999999999",
		"usb:@1",    "usb::",       "usb:1:2@1-1#0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct usb_name name = { .vid = 77 };
		struct diag diag = { .text = "" };
		if (usb_name_read(bad[i], &name, &diag) != -EINVAL)
			fail_msg("%s is taken", bad[i]);
		assert_int_equal(name.vid, 77);
		assert_true(diag.text[0]);
		assert_string_equal(diag.at.file, bad[i]);
	}
}

static struct port port_of(const char *serial, const char *location)
{
	struct port port = { .usb = true, .vid = 0x2e8a, .pid = 5 };

	snprintf(port.serial, sizeof(port.serial), "%s", serial);
	snprintf(port.location, sizeof(port.location), "%s", location);
	return port;
}

UNIT_TEST(what_a_name_means)
{
	const struct port port = port_of("abc", "1-1.4");
	static const struct {
		const char *uri;
		bool fits;
	} cases[] = {
		{ "usb:", true },
		{ "usb:2e8a:0005", true },
		{ "usb:2e8a:0006", false },
		{ "usb:2e8b:0005", false },
		{ "usb:2e8a:0005:abc", true },
		{ "usb:2e8a:0005:ab", false },
		{ "usb:2e8a:0005:ABC", false },
		{ "usb:@1-1.4", true },
		{ "usb:@1-1", false },
		{ "usb:2e8a:0005:abc@1-1.4", true },
		{ "usb:2e8a:0005:abc@1-1.5", false },
		{ "usb:2e8a:0005#3", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct usb_name name = read_name(cases[i].uri);
		if (usb_name_fits(&name, &port) != cases[i].fits)
			fail_msg("%s", cases[i].uri);
	}
}

/* Whatever the serial number: the name that is made of it means this device. */
UNIT_TEST(made_names_are_read)
{
	static const char *const serials[] = {
		"e6614c31",    "",    "F4:12:FA", "a#2",
		"a@1-1",       "a b", "$(id)",    "\x1b[31m",
		"caf\xc3\xa9", "#",   "@",        "012345678901234567890123456789012345678901234567890123456789012",
	};
	char made[sizeof(((struct port *)0)->path)];

	for (size_t i = 0; i < ARRAY_SIZE(serials); i++) {
		for (unsigned channel = 1; channel <= 2; channel++) {
			const struct port port = port_of(serials[i], "1-1.4"), other = port_of(serials[i], "1-2");
			usb_name_make(&port, channel, false, made, sizeof(made));
			struct usb_name name = read_name(made);
			assert_true(usb_name_fits(&name, &port));
			assert_int_equal(name.channel, channel);
			usb_name_make(&port, channel, true, made, sizeof(made));
			name = read_name(made);
			assert_true(usb_name_fits(&name, &port));
			assert_false(usb_name_fits(&name, &other));
		}
	}
	usb_name_make(&(struct port){ .vid = 1, .pid = 2, .serial = "x" }, 1, false, made, sizeof(made));
	assert_string_equal(made, "usb:0001:0002:x");
}
