/* Names of the functions and files of samples: interned strings, which stay there when the program has ended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/live/memory_probe.h"
#include "sites/sites.h"

enum { QSTRS_MAX = 1 << 20, EARLY_READS_MAX = 2 };

/* ---- which ---- */

static void want(struct program_names *names, uint32_t qstr)
{
	if (!names->wanted)
		names->wanted = calloc(QSTRS_MAX / 8, 1);
	if (!names->wanted || qstr >= QSTRS_MAX || names->wanted[qstr / 8] & 1 << qstr % 8)
		return;
	names->wanted[qstr / 8] |= (uint8_t)(1 << qstr % 8);
	vec_push(names, qstrs, qstr);
}

void program_names_want(struct program_names *names, uint32_t file, uint32_t function)
{
	want(names, file);
	want(names, function);
}

void program_names_deinit(struct program_names *names)
{
	free(names->wanted);
	vec_deinit(names, qstrs);
	call_names_free(names->names);
	call_names_free(names->early);
}

/* ---- reading them ---- */

static int read_with(struct program *p, struct program_names *names, struct memory_probe *probe,
		     void (*once_collected)(struct program *p, void *ctx, struct memory_reader *r), void *ctx,
		     struct diag *diag)
{
	enum session_outcome outcome = memory_probe_begin(probe, p->session, diag);

	if (outcome != SESSION_DONE && !diag->text[0])
		diag_set(diag, -EIO, "%s",
			 outcome == SESSION_NO_ROOM ? "no memory is left for that" :
			 outcome == SESSION_STOPPED ? "it was stopped" :
						      "its prompt does not answer");
	if (outcome != SESSION_DONE)
		return -EIO;
	struct interpreter_ids ids = probe_ids(&probe->hello);
	int error = call_names_read(&probe->reader, &ids, names->qstrs, names->n_qstrs, &names->names, diag);
	if (error == 0 && once_collected && memory_probe_collect(probe) == SESSION_DONE)
		once_collected(p, ctx, &probe->reader);
	return error;
}

void program_names_read_early(struct program_names *names, const struct probe_hello *hello, uint64_t used_bytes,
			      struct memory_reader *r)
{
	struct interpreter_ids ids = probe_ids(hello);
	struct call_names *read = NULL;
	struct diag diag = { 0 };

	if (names->n_qstrs == names->n_early || names->n_reads == EARLY_READS_MAX)
		return;
	ids.used_bytes = used_bytes;
	names->n_early = names->n_qstrs;
	names->n_reads++;
	if (call_names_read(r, &ids, names->qstrs, names->n_qstrs, &read, &diag) < 0)
		return;
	call_names_free(names->early);
	names->early = read;
}

unsigned program_room_words(uint64_t heap_bytes, unsigned word_bytes, unsigned part)
{
	bool is_known = heap_bytes != NOT_KNOWN && word_bytes > 0;

	return is_known && heap_bytes / word_bytes >= (uint64_t)part * PROMPT_ROOM_WORDS ? PROMPT_ROOM_WORDS : 0;
}

void program_names_read(struct program *p, struct program_names *names,
			void (*once_collected)(struct program *p, void *ctx, struct memory_reader *r), void *ctx)
{
	struct memory_probe probe = { .session = NULL };
	struct diag diag = { 0 };
	int error = read_with(p, names, &probe, once_collected, ctx, &diag);

	if (memory_probe_is_on(&probe))
		session_talk_end(p->session);
	if (error < 0 && names->early) {
		names->names = names->early;
		names->early = NULL;
		session_notice(
			p->session, "note",
			"memory could not be read after the program (%s): names are those that were read while it"
			" ran",
			diag.text[0] ? diag.text : strerror(-error));
	} else if (error < 0) {
		session_notice(p->session, "warning", "the names of files and functions could not be read: %s",
			       diag.text[0] ? diag.text : strerror(-error));
	}
}

/* ---- of a profile ---- */

const char *program_names_text(const struct program_names *names, uint32_t qstr)
{
	const char *text = names->names && qstr ? call_name(names->names, qstr) : NULL;

	return text ? text : "";
}

/* What is sent to a prompt has no name of its own. */
static const char *file_name(const struct program *p, const struct program_names *names, uint32_t qstr)
{
	const char *text = program_names_text(names, qstr), *script = p->options->script, *slash = strrchr(script, '/');

	return strcmp(text, "<stdin>") == 0 ? (slash ? slash + 1 : script) : text;
}

uint32_t program_names_frame(const struct program *p, const struct program_names *names, uint32_t file,
			     uint32_t function, uint32_t line)
{
	const char *name = program_names_text(names, function);

	return sites_frame(p->options->sites, file_name(p, names, file), name, call_line(line, name));
}
