/* Runs the C preprocessor on a linker script (docs/ldscripts.md). */
#define _DEFAULT_SOURCE /* strsep */
#include "preprocess.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "memprof/base/arena.h"
#include "memprof/base/number.h"
#include "memprof/base/vec.h"
#include "memprof/image/ldscript.h"
#include "memprof/io/filter.h"
#include "sdkconfig.h"

enum { TIMEOUT_MS = 20000, WARNINGS_MAX = 10 };

/* The firmware is for another processor: the compiler's own macros and headers would be wrong. */
static const char default_command[] = "cc -undef -nostdinc";

/* ---- the command ---- */

struct command {
	struct arena arena;
	VEC(const char *, words); /* ends with NULL once it is complete */
};

static void command_deinit(struct command *c)
{
	vec_deinit(c, words);
	arena_deinit(&c->arena);
}

static void add_word(struct command *c, const char *word)
{
	const char **to = vec_add(c, words);

	if (to)
		*to = word;
	else
		c->arena.error = -ENOMEM;
}

/* gcc reads an argument that begins with '@' as a list of arguments. */
static const char *as_path(struct command *c, const char *name)
{
	return *name == '@' || *name == '-' ? arena_printf(&c->arena, "./%s", name) : name;
}

static void make_command(struct command *c, const struct linker_scripts *scripts, const struct blob *script,
			 const char *config_folder)
{
	/* As assembly: "# text" may be a comment, and headers leave out C where __ASSEMBLER__ is defined. */
	static const char *const flags[] = { "-E", "-x", "assembler-with-cpp", "-Wundef" };
	const char *given = scripts->cpp, *p = given ? given : default_command, *value;

	for (size_t n; *(p += strspn(p, " \t")); p += n) {
		n = strcspn(p, " \t");
		add_word(c, arena_text(&c->arena, p, n));
	}
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		add_word(c, flags[i]);
	for (size_t i = 0; (value = scripts->defines[i]); i++)
		add_word(c, arena_printf(&c->arena, "-D%s", value));
	if (config_folder)
		add_word(c, arena_printf(&c->arena, "-I%s", config_folder));
	for (size_t i = 0; (value = scripts->folders[i]); i++)
		add_word(c, arena_printf(&c->arena, "-I%s", value));
	add_word(c, script->is_file ? as_path(c, script->name) : "-");
	add_word(c, NULL);
}

static size_t name_length(const char *p, const char *end)
{
	const char *first = p;

	while (p < end && (isalpha((unsigned char)*p) || *p == '_' || (p > first && isdigit((unsigned char)*p))))
		p++;
	return (size_t)(p - first);
}

static int check_options(const struct linker_scripts *scripts, struct diag *diag)
{
	const char *command = scripts->cpp, *define;

	if (command && !command[strspn(command, " \t")])
		return diag_set(diag, -EINVAL, "--cpp takes a command, not '%.80s'", command);
	for (size_t i = 0; (define = scripts->defines[i]); i++) {
		size_t n_name = strcspn(define, "=");
		if (!n_name || name_length(define, define + n_name) != n_name)
			return diag_set(diag, -EINVAL, "--define takes NAME or NAME=TEXT, not '%.80s'", define);
	}
	return 0;
}

/* ---- messages ---- */

/* A line such as "board.ld:4:5: warning: TEXT". */
struct cpp_message {
	struct place at;
	const char *text;
	bool is_error;
};

/* Removes ":NUMBER" from the end of a text; 0 if there is none. */
static uint64_t remove_number(char *text)
{
	char *colon = strrchr(text, ':');
	uint64_t number;

	if (!colon || number_parse(colon + 1, &number) < 0)
		return 0;
	*colon = '\0';
	return number;
}

static bool parse_message(char *line, struct cpp_message *ret)
{
	char *warning = strstr(line, ": warning: "), *error = strstr(line, "error: ");

	if (!warning && !error)
		return false;
	ret->is_error = error && (!warning || error < warning);
	ret->text = ret->is_error ? error + strlen("error: ") : warning + strlen(": warning: ");
	char *place_end = strstr(line, ": ");
	if (place_end)
		*place_end = '\0';
	uint64_t last = remove_number(line), line_number = remove_number(line);
	ret->at = (struct place){ .file = place_end ? line : NULL,
				  .line = line_number ? line_number : last,
				  .col = line_number ? (uint32_t)MIN(last, (uint64_t)UINT32_MAX) : 0 };
	return true;
}

/* The NAME of gcc's or clang's '"NAME" is not defined, evaluates to 0 [-Wundef]'. */
static bool undefined_name(const struct cpp_message *m, const char **ret, size_t *ret_bytes)
{
	size_t n_bytes = strcspn(m->text + (*m->text != '\0'), "\"'");

	if ((*m->text != '"' && *m->text != '\'') || !strstr(m->text, "-Wundef"))
		return false;
	*ret = m->text + 1;
	*ret_bytes = n_bytes;
	return true;
}

/* With -D TYPE=qspi, "#if TYPE == qspi" compares two names that are both 0 in C: builds rely on it. */
static bool is_in_defines(const struct linker_scripts *scripts, const char *name, size_t n_bytes)
{
	const char *define;

	for (size_t i = 0; (define = scripts->defines[i]); i++) {
		const char *p = define + strcspn(define, "="), *end = p + strlen(p);
		for (size_t n; p < end; p += MAX(n, (size_t)1)) {
			n = name_length(p, end);
			if (n == n_bytes && memcmp(p, name, n) == 0)
				return true;
		}
	}
	return false;
}

/* The preprocessor evaluates an undefined name to 0. In memprof, an unknown value is never 0, but for what a
 * configuration of ESP-IDF leaves out. */
static int check_messages(const struct linker_scripts *scripts, struct strbuf *messages, bool has_config,
			  struct diag *diag)
{
	unsigned n_warnings = 0;
	char *rest = messages->text;
	struct cpp_message m;

	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		const char *name;
		size_t n_bytes;
		if (!parse_message(line, &m))
			continue;
		if (!undefined_name(&m, &name, &n_bytes)) {
			if (n_warnings++ < WARNINGS_MAX)
				notice_at(&scripts->notices, m.at, "warning", "%.300s", m.text);
		} else if (!(has_config && sdkconfig_is_name(name, n_bytes)) &&
			   !is_in_defines(scripts, name, n_bytes)) {
			int n = (int)MIN(n_bytes, (size_t)80);
			return diag_at(diag, m.at, -EINVAL,
				       "%.*s is not defined, and an #if depends on it: give -D %.*s=VALUE", n, name, n,
				       name);
		}
	}
	return 0;
}

/* ---- failures ---- */

/* The first error, otherwise the first line. */
static int failure_diag(const char *program, const struct blob *script, struct filter_result *result, struct diag *diag)
{
	const char *first_line = "";
	char *rest = result->messages.text;
	struct cpp_message m;

	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		if (!*first_line && !strstr(line, "rror: "))
			first_line = line;
		if (parse_message(line, &m) && m.is_error)
			return diag_at(diag, m.at, -EINVAL, "%.40s: %.200s; %s", program, m.text,
				       strstr(m.text, "sdkconfig.h") ?
					       "give the sdkconfig of the ESP-IDF project with --sdkconfig" :
					       "correct the script, or pass the -D and -L of its build");
	}
	return diag_at(diag, (struct place){ .file = script->name }, -EINVAL,
		       "the C preprocessor '%.60s' failed with exit code %d%s%.160s; try another one with --cpp",
		       program, result->exit_code, *first_line ? ": " : "", first_line);
}

static int not_run_diag(const char *program, const struct blob *script, int error, struct diag *diag)
{
	struct place at = { .file = script->name };

	switch (error) {
	case -ENOENT:
		return diag_at(
			diag, at, -EINVAL,
			"this script needs the C preprocessor, and there is no program '%.80s'; install it, or name"
			" another one with --cpp",
			program);
	case -ETIMEDOUT:
		return diag_at(diag, at, -EINVAL, "the C preprocessor '%.80s' did not end within %d s", program,
			       TIMEOUT_MS / 1000);
	case -EFBIG:
		return diag_at(diag, at, -EINVAL, "the C preprocessor '%.80s' printed more than %d MiB", program,
			       LDSCRIPT_TEXT_MAX_BYTES >> 20);
	default:
		return diag_at(diag, at, -EINVAL, "the C preprocessor '%.80s' cannot be run: %s", program,
			       strerror(-error));
	}
}

/* ---- preprocess ---- */

static void clear_names(const struct linker_scripts *scripts, const struct blob *script, char *output)
{
	char first[SDKCONFIG_NAME_BYTES];
	unsigned n = sdkconfig_clear_names(output, first);

	if (n > 0)
		notice_at(&scripts->notices, (struct place){ .file = script->name }, "note",
			  "sdkconfig.h has no value for %s%s, in an expression: taken as 0; -D %s=VALUE sets it", first,
			  n > 1 ? " and others" : "", first);
}

static int run(const struct linker_scripts *scripts, const struct blob *script, const char *config_folder,
	       struct strbuf *ret, struct diag *diag)
{
	struct command command CLEANUP(command_deinit) = { .n_words = 0 };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	make_command(&command, scripts, script, config_folder);
	if (arena_error(&command.arena) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	const struct filter filter = {
		.argv = command.words,
		.input = script->is_file ? NULL : script->bytes,
		.n_input_bytes = script->n_bytes,
		.output_max_bytes = LDSCRIPT_TEXT_MAX_BYTES,
		.timeout_ms = TIMEOUT_MS,
	};
	int r = filter_run(&filter, &result);
	if (r < 0)
		return not_run_diag(command.words[0], script, r, diag);
	if (result.exit_code)
		return failure_diag(command.words[0], script, &result, diag);
	bool has_config = sdkconfig_was_included(strbuf_text(&result.output));
	r = check_messages(scripts, &result.messages, has_config, diag);
	if (r == 0 && has_config)
		clear_names(scripts, script, result.output.text);
	if (r == 0)
		strbuf_add(ret, result.output.text, result.output.n_bytes);
	return r == 0 && strbuf_error(ret) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : r;
}

int preprocess(const struct linker_scripts *scripts, const struct blob *script, struct strbuf *ret, struct diag *diag)
{
	struct temporary_folder folder CLEANUP(temporary_folder_remove) = { .path = STRBUF_INIT, .file = STRBUF_INIT };
	int r = check_options(scripts, diag);

	if (r == 0 && scripts->sdkconfig)
		r = sdkconfig_write_header(scripts->sdkconfig, &folder, diag);
	if (r == 0)
		r = run(scripts, script, scripts->sdkconfig ? strbuf_text(&folder.path) : NULL, ret, diag);
	return r;
}
