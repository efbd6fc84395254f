#include "memprof/cli/config.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "memprof/base/number.h"
#include "memprof/base/theme.h"
#include "memprof/cli/message.h"
#include "memprof/cli/options.h"
#include "memprof/io/blob.h"
#include "memprof/io/user_folder.h"

static const struct spec {
	const char *name;
	const char *choices; /* "auto|dark"; the first is the default */
	bool is_list;        /* or several of them but the first, with commas */
} specs[N_CONFIG_KEYS] = {
	[CONFIG_THEME] = { "theme", THEME_CHOICES, false },
	[CONFIG_PANELS] = { "panels", "auto|pools|map|trend|events|console|owners", true },
};

enum { FAULTS_MAX = 5 }; /* that are told */

struct span {
	const char *text;
	size_t n;
};

static struct span trim(const char *text, const char *end)
{
	while (text < end && isspace((unsigned char)*text))
		text++;
	while (text < end && isspace((unsigned char)end[-1]))
		end--;
	return (struct span){ text, (size_t)(end - text) };
}

static const struct spec *spec_of(struct span key)
{
	for (size_t i = 0; i < N_CONFIG_KEYS; i++)
		if (strlen(specs[i].name) == key.n && memcmp(specs[i].name, key.text, key.n) == 0)
			return &specs[i];
	return NULL;
}

/* "map,trend" of "auto|map|trend" */
static bool is_list_of(const char *choices, const char *value)
{
	const char *others = strchr(choices, '|') + 1;
	char part[CONFIG_VALUE_MAX_BYTES];

	for (const char *next = value;; next++) {
		size_t n = strcspn(next, ",");
		if (n >= sizeof(part))
			return false;
		memcpy(part, next, n);
		part[n] = '\0';
		if (!option_choice_number(others, part))
			return false;
		next += n;
		if (!*next)
			return true;
	}
}

static bool fits(const struct spec *spec, const char *value)
{
	return option_choice_number(spec->choices, value) || (spec->is_list && is_list_of(spec->choices, value));
}

/* False after a warning. */
static bool take_setting(struct config *c, struct span key, struct span value, struct place at)
{
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char text[CONFIG_VALUE_MAX_BYTES] = "";
	const struct spec *spec = spec_of(key);

	if (!spec) {
		message_at(at, "warning", "unknown key '%.*s'; memprof(1) lists them",
			   (int)MIN(key.n, (size_t)CONFIG_VALUE_MAX_BYTES), key.text);
		return false;
	}
	if (value.n < sizeof(text))
		memcpy(text, value.text, value.n);
	if (strlen(text) == value.n && fits(spec, text)) {
		memcpy(c->values[spec - specs], text, sizeof(text));
		return true;
	}
	option_list_choices(spec->choices, &list);
	message_at(at, "warning", "%s takes %s%s, not '%.*s'", spec->name, strbuf_text(&list),
		   spec->is_list ? ", or several with commas" : "", (int)MIN(value.n, (size_t)CONFIG_VALUE_MAX_BYTES),
		   value.text);
	return false;
}

static bool take_line(struct config *c, const char *line, const char *end, struct place at)
{
	struct span all = trim(line, end);
	const char *equals = all.n ? memchr(all.text, '=', all.n) : NULL;

	if (all.n == 0 || all.text[0] == '#')
		return true;
	if (equals)
		return take_setting(c, trim(all.text, equals), trim(equals + 1, all.text + all.n), at);
	message_at(at, "warning", "not KEY = VALUE; a comment begins with #");
	return false;
}

void config_read_lines(struct config *c, const char *path, const char *bytes, size_t n_bytes)
{
	struct place at = { .file = path };
	const char *end = bytes + n_bytes;
	unsigned n_faults = 0;

	while (bytes < end && n_faults < FAULTS_MAX) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes)), *line_end = newline ? newline : end;
		at.line++;
		n_faults += !take_line(c, bytes, line_end, at);
		bytes = newline ? newline + 1 : end;
	}
	if (n_faults == FAULTS_MAX)
		message_at((struct place){ .file = path }, "warning", "too many such lines; the rest is not read");
}

void config_read(struct config *ret)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct blob file = { .n_bytes = 0 };
	struct stat st;

	*ret = (struct config){ .values = { "" } };
	if (user_folder_path("config", &path) < 0 || stat(strbuf_text(&path), &st) != 0)
		return;
	if (st.st_size <= CONFIG_FILE_MAX_BYTES && blob_read_named(strbuf_text(&path), &file))
		config_read_lines(ret, strbuf_text(&path), file.bytes, file.n_bytes);
	else
		message_at((struct place){ .file = strbuf_text(&path) }, "warning",
			   "cannot be read; it must be a regular file of at most %d bytes", CONFIG_FILE_MAX_BYTES);
	blob_deinit(&file);
}

const char *config_default(enum config_key key)
{
	static struct config config;
	static bool is_read;

	if (!is_read)
		config_read(&config);
	is_read = true;
	return config.values[key];
}
