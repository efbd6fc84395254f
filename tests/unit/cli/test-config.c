#define _GNU_SOURCE
#include "memprof/cli/config.h"

#include <sys/stat.h>

#include "memprof/base/theme.h"
#include "memprof/cli/message.h"
#include "unit.h"

static char folder[] = "/tmp/memprof-test-config-XXXXXX";
static struct strbuf printed; /* messages, a line each */

static void keep_message(void *ctx, const char *line, const char *words)
{
	(void)ctx, (void)words;
	strbuf_printf(&printed, "%s\n", strncmp(line, folder, strlen(folder)) == 0 ? line + strlen(folder) : line);
}

static int make_folder(void **state)
{
	char path[64];

	(void)state;
	message_redirect(keep_message, NULL);
	if (!mkdtemp(folder))
		return -1;
	setenv("XDG_CONFIG_HOME", folder, 1);
	snprintf(path, sizeof(path), "%s/memprof", folder);
	return mkdir(path, 0755);
}

static int remove_folder(void **state)
{
	char command[64];

	(void)state;
	message_redirect(NULL, NULL);
	strbuf_deinit(&printed);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* What is read of a file with these bytes, and the messages. */
static const char *read_of(const void *bytes, size_t n_bytes, struct config *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/memprof/config", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n_bytes, file), n_bytes);
	assert_int_equal(fclose(file), 0);
	strbuf_reset(&printed);
	config_read(ret);
	return strbuf_text(&printed);
}

static const char *read_text(const char *text, struct config *ret) { return read_of(text, strlen(text), ret); }

UNIT_GROUP(make_folder, remove_folder)

UNIT_TEST(lines_are_settings)
{
	struct config c;

	assert_string_equal(read_text("", &c), "");
	assert_string_equal(c.values[CONFIG_THEME], "");
	assert_string_equal(read_text("# mine\n\n \t theme=light \r\n", &c), "");
	assert_string_equal(c.values[CONFIG_THEME], "light");
	assert_string_equal(read_text("theme = dark\ntheme = mono", &c), ""); /* the last one counts */
	assert_string_equal(c.values[CONFIG_THEME], "mono");
}

UNIT_TEST(a_bad_line_is_one_warning)
{
	static const struct {
		const char *line, *warning;
	} rows[] = {
		{ "theme", "not KEY = VALUE; a comment begins with #" },
		{ "[screen]", "not KEY = VALUE; a comment begins with #" },
		{ "thme = light", "unknown key 'thme'; memprof(1) lists them" },
		{ "= light", "unknown key ''; memprof(1) lists them" },
		{ "theme =", "theme takes auto, dark, light, contrast or mono, not ''" },
		{ "theme = Light", "theme takes auto, dark, light, contrast or mono, not 'Light'" },
		{ "theme = \x1b[2J", "theme takes auto, dark, light, contrast or mono, not '\\x1b[2J'" },
	};
	char text[256], wanted[256];
	struct config c;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "theme = dark\n%s\n", rows[i].line);
		snprintf(wanted, sizeof(wanted), "/memprof/config:2: warning: %s\n", rows[i].warning);
		assert_string_equal(read_text(text, &c), wanted);
		assert_string_equal(c.values[CONFIG_THEME], "dark");
	}
}

UNIT_TEST(panels_are_several)
{
	static const char *const wrong[] = {
		"",           "map,",
		",map",       "map,,trend",
		"map,auto",   "maps",
		"map, trend", ",map,map,map,map,map,map,map,map,map,map,map,map,map,map,map,map,map,map,map,map,map"
	};
	char text[256];
	struct config c;

	assert_string_equal(read_text("panels = map,trend,owners", &c), "");
	assert_string_equal(c.values[CONFIG_PANELS], "map,trend,owners");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), "panels = %s\n", wrong[i]);
		assert_non_null(strstr(read_text(text, &c),
				       "panels takes auto, pools, map, trend, events, console or owners, "
				       "or several with commas, not '"));
		assert_string_equal(c.values[CONFIG_PANELS], "");
	}
}

UNIT_TEST(hostile_bytes_are_bounded)
{
	static char big[CONFIG_FILE_MAX_BYTES + 1];
	struct config c;

	memset(big, 'x', sizeof(big));
	assert_non_null(strstr(read_of(big, sizeof(big), &c), "at most 65536 bytes"));
	memcpy(big, "theme = ", 8);
	assert_non_null(strstr(read_of(big, sizeof(big) - 1, &c), "theme takes"));
	assert_true(printed.n_bytes < 512);
	assert_non_null(strstr(read_of("theme = dark\0", 13, &c), "theme takes"));
	assert_string_equal(c.values[CONFIG_THEME], "");
}

UNIT_TEST(without_a_file)
{
	struct config c;

	strbuf_reset(&printed);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", "/home/nobody", 1);
	config_read(&c);
	unsetenv("HOME");
	config_read(&c);
	setenv("XDG_CONFIG_HOME", folder, 1);
	assert_string_equal(strbuf_text(&printed), "");
	assert_string_equal(c.values[CONFIG_THEME], "");
}
