/* Figures in git notes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "git_run.h"
#include "memprof/io/lock.h"

static int out_of_memory(struct diag *diag) { return diag_set(diag, -ENOMEM, "out of memory"); }

const char *git_ref_prefix(const struct git *git)
{
	return strncmp(git->ref, "refs/notes/", 11) == 0 ? "" :
	       strncmp(git->ref, "notes/", 6) == 0       ? "refs/" :
							   "refs/notes/";
}

void git_name_note(const char *hash, char ret[32]) { snprintf(ret, 32, "note of %.10s", hash); }

/* The text of the new note. */
static int make_note(const char *ref, const char *hash, const struct build_figures *build, struct strbuf *ret,
		     struct diag *diag)
{
	const struct git_call call = { .words = GIT_WORDS("notes", ref, "show", hash) };
	struct filter_result old CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	char name[32];
	int r = git_run(&call, &old, diag);

	if (r < 0)
		return r;
	if (r > 0 && !strstr(strbuf_text(&old.messages), "no note found"))
		return git_failed(&old, ref + strlen("--ref="), diag);
	git_name_note(hash, name);
	r = note_add(r == 0 ? strbuf_text(&old.output) : NULL, old.output.n_bytes, name, build, ret, diag);
	if (r == 0 && ret->text[ret->n_bytes - 1] != '\n')
		strbuf_putc(ret, '\n');
	if (r == -ENOMEM || strbuf_error(ret) < 0)
		return out_of_memory(diag);
	if (r == 0 && ret->n_bytes > NOTE_TEXT_MAX_BYTES)
		return diag_set(diag, -EINVAL, "the figures of this commit would take more than %d KiB",
				NOTE_TEXT_MAX_BYTES >> 10);
	return r;
}

/* A commit of notes has an author: without a configured one, as in CI, it is memprof. */
static int replace_note(const char *ref, const char *hash, const struct strbuf *text, struct diag *diag)
{
	const char *const *words = GIT_WORDS("-c", "user.name=memprof", "-c", "user.email=memprof@localhost", "notes",
					     ref, "add", "-f", "-F", "-", hash);
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	struct strbuf author CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool has_author = git_line(GIT_WORDS("var", "GIT_COMMITTER_IDENT"), &author, NULL) == 0;

	return git_must(&(struct git_call){ .words = words + (has_author ? 4 : 0), .input = text }, &result,
			ref + strlen("--ref="), diag);
}

/* One memprof after the other, as git may lose one of two notes that are written at once. */
int git_write_build(const struct git *git, const char *hash, const struct build_figures *build, struct diag *diag)
{
	struct strbuf note CLEANUP(strbuf_deinit) = STRBUF_INIT, ref CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf folder CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&ref, "--ref=%s", git->ref);
	git_line(GIT_WORDS("rev-parse", "--git-common-dir"), &folder, NULL);
	if (strbuf_error(&ref) < 0 || strbuf_error(&folder) < 0)
		return out_of_memory(diag);
	int lock = lock_wait(strbuf_text(&folder));
	int r = make_note(strbuf_text(&ref), hash, build, &note, diag);
	if (r == 0)
		r = replace_note(strbuf_text(&ref), hash, &note, diag);
	lock_close(lock);
	return r;
}
