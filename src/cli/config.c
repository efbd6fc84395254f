#include "memprof/cli/config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memprof/base/edit_distance.h"
#include "memprof/base/number.h"
#include "memprof/base/theme.h"
#include "memprof/cli/message.h"
#include "memprof/cli/options.h"
#include "memprof/io/blob.h"
#include "memprof/io/user_folder.h"

const struct config_spec config_specs[N_CONFIG_KEYS] = {
	[CONFIG_THEME] = { "theme", THEME_CHOICES, "colours, as --theme" },
	[CONFIG_PANELS] = { "panels", "auto|pools|map|trend|events|console|owners", "panels at first, as map,trend",
			    true },
};

enum { FAULTS_MAX = 5 }; /* that are told */

/* ---- lines ---- */

static void trim(const char **text, size_t *n)
{
	for (; *n > 0 && isspace((unsigned char)**text); ++*text)
		--*n;
	while (*n > 0 && isspace((unsigned char)(*text)[*n - 1]))
		--*n;
}

bool config_next_line(const char **at, const char *end, struct config_line *ret)
{
	size_t n_left = (size_t)(end - *at);
	const char *newline = memchr(*at, '\n', n_left);

	if (n_left == 0)
		return false;
	*ret = (struct config_line){ .text = *at, .n_text = newline ? (size_t)(newline + 1 - *at) : n_left };
	*at += ret->n_text;
	ret->key = ret->text;
	ret->n_key = ret->n_text;
	trim(&ret->key, &ret->n_key);
	if (ret->n_key == 0 || ret->key[0] == '#')
		return true;
	const char *equals = memchr(ret->key, '=', ret->n_key);
	ret->kind = equals ? CONFIG_LINE_SETTING : CONFIG_LINE_BAD;
	if (!equals)
		return true;
	ret->value = equals + 1;
	ret->n_value = (size_t)(ret->key + ret->n_key - ret->value);
	ret->n_key = (size_t)(equals - ret->key);
	trim(&ret->key, &ret->n_key);
	trim(&ret->value, &ret->n_value);
	return true;
}

/* ---- keys ---- */

bool config_find(const char *name, size_t n_name, enum config_key *ret)
{
	for (int i = 0; i < N_CONFIG_KEYS; i++) {
		if (strlen(config_specs[i].name) == n_name && memcmp(config_specs[i].name, name, n_name) == 0) {
			*ret = (enum config_key)i;
			return true;
		}
	}
	return false;
}

bool config_named(const char *name, enum config_key *ret)
{
	if (config_find(name, strlen(name), ret))
		return true;
	for (int i = 0; i < N_CONFIG_KEYS; i++) {
		if (edit_distance(name, config_specs[i].name) < 3) {
			message_error("unknown key '%s'; did you mean '%s'?", name, config_specs[i].name);
			return false;
		}
	}
	message_error("unknown key '%s'; memprof config lists them", name);
	return false;
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
		if (!option_choice_is(others, part))
			return false;
		next += n;
		if (!*next)
			return true;
	}
}

static bool fits(const struct config_spec *spec, const char *value)
{
	return option_choice_is(spec->choices, value) || (spec->is_list && is_list_of(spec->choices, value));
}

/* What a key takes, in words. */
static void list_values(const struct config_spec *spec, struct strbuf *out)
{
	option_list_choices(spec->choices, out);
	strbuf_puts(out, spec->is_list ? ", or several with commas" : "");
}

bool config_accepts(enum config_key key, const char *value)
{
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (strlen(value) < CONFIG_VALUE_MAX_BYTES && fits(&config_specs[key], value))
		return true;
	list_values(&config_specs[key], &list);
	message_error("%s takes %s, not '%s'", config_specs[key].name, strbuf_text(&list), value);
	return false;
}

/* ---- the file ---- */

int config_path(struct strbuf *ret) { return user_folder_path("config", ret); }

/* False after a warning. */
static bool take_setting(struct config *c, const struct config_line *line, struct place at)
{
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char value[CONFIG_VALUE_MAX_BYTES] = "";
	enum config_key key;

	if (!config_find(line->key, line->n_key, &key)) {
		message_at(at, "warning", "unknown key '%.*s'; memprof config lists them",
			   (int)MIN(line->n_key, (size_t)CONFIG_VALUE_MAX_BYTES), line->key);
		return false;
	}
	if (line->n_value < sizeof(value))
		memcpy(value, line->value, line->n_value);
	if (strlen(value) == line->n_value && fits(&config_specs[key], value)) {
		memcpy(c->values[key], value, sizeof(value));
		c->lines[key] = at.line;
		return true;
	}
	list_values(&config_specs[key], &list);
	message_at(at, "warning", "%s takes %s, not '%.*s'", config_specs[key].name, strbuf_text(&list),
		   (int)MIN(line->n_value, (size_t)CONFIG_VALUE_MAX_BYTES), line->value);
	return false;
}

static void read_lines(struct config *c, const char *path, const struct blob *file)
{
	struct place at = { .file = path };
	struct config_line line;
	const char *next = file->bytes;
	unsigned n_faults = 0;

	while (n_faults < FAULTS_MAX && config_next_line(&next, file->bytes + file->n_bytes, &line)) {
		at.line++;
		if (line.kind == CONFIG_LINE_BAD)
			message_at(at, "warning", "not KEY = VALUE; a comment begins with #");
		n_faults += line.kind == CONFIG_LINE_BAD ||
			    (line.kind == CONFIG_LINE_SETTING && !take_setting(c, &line, at));
	}
	if (n_faults == FAULTS_MAX)
		message_at((struct place){ .file = path }, "warning", "too many such lines; the rest is not read");
}

int config_read_file(const char *path, const char *severity, struct blob *ret)
{
	struct stat st;

	*ret = (struct blob){ .n_bytes = 0 };
	if (stat(path, &st) != 0)
		return 0;
	if (st.st_size <= CONFIG_FILE_MAX_BYTES && blob_read_named(path, ret))
		return 0;
	message_at((struct place){ .file = path }, severity,
		   "cannot be read; it must be a regular file of at most %d bytes", CONFIG_FILE_MAX_BYTES);
	return -EINVAL;
}

void config_read(struct config *ret)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct blob file;

	*ret = (struct config){ .lines = { 0 } };
	if (config_path(&path) < 0 || config_read_file(strbuf_text(&path), "warning", &file) < 0)
		return;
	if (file.n_bytes > 0)
		read_lines(ret, strbuf_text(&path), &file);
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

bool config_edit(const char *text, size_t n_bytes, enum config_key key, const char *value, struct strbuf *ret)
{
	const char *end = text + n_bytes, *next = text;
	bool had = false, ended = true;
	struct config_line line;
	enum config_key found;

	while (config_next_line(&next, end, &line)) {
		if (line.kind != CONFIG_LINE_SETTING || !config_find(line.key, line.n_key, &found) || found != key) {
			strbuf_add(ret, line.text, line.n_text);
			ended = line.text[line.n_text - 1] == '\n';
			continue;
		}
		if (value && !had)
			strbuf_printf(ret, "%s = %s\n", config_specs[key].name, value);
		had = true;
		ended = true;
	}
	if (value && !had)
		strbuf_printf(ret, "%s%s = %s\n", ended ? "" : "\n", config_specs[key].name, value);
	return had;
}
