/* history diff: what changed between the figures of two commits, as diff shows it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff_report.h"
#include "history/private.h"

struct side {
	const char *revision;
	char hash[GIT_HASH_CHARS + 1];
	struct note note;
	const struct note_build *build;
	struct diff_items items;
};

static void side_deinit(struct side *s)
{
	note_deinit(&s->note);
	free((void *)(uintptr_t)s->items.items);
}

static int read_side(const struct git *git, struct side *s, const char *revision)
{
	struct diag diag = { 0 };

	s->revision = revision;
	if (builds_find(git, revision, s->hash) < 0)
		return -EINVAL;
	int r = git_read_note(git, s->hash, &s->note, &diag);
	if (r == 0)
		return 0;
	if (r > 0)
		diag_set(&diag, r,
			 "'%.80s' (%.10s) has no figures in %.80s; 'memprof history log' lists the commits that have",
			 revision, s->hash, git->ref);
	message_diag(&diag);
	return -EINVAL;
}

/* ---- which build ---- */

static void add_name(struct strbuf *names, const char *name)
{
	strbuf_printf(names, "%s%s", names->n_bytes ? ", " : "", name);
}

/* The only one that both have. */
static int find_common(struct side *old, struct side *new)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_common = 0;

	for (size_t i = 0; i < new->note.n_builds; i++) {
		const struct note_build *build = note_find(&old->note, new->note.builds[i].name);
		if (!build)
			continue;
		add_name(&names, build->name);
		old->build = build;
		new->build = &new->note.builds[i];
		n_common++;
	}
	if (n_common == 1)
		return 0;
	if (n_common)
		message_error("both commits have figures of several builds; give --name with one of: %s",
			      strbuf_text(&names));
	else
		message_error("the two commits have figures of no build in common");
	return -EINVAL;
}

static int find_named(struct side *s, const char *name)
{
	s->build = note_find(&s->note, name);
	if (s->build)
		return 0;
	message_error("'%s' has no figures of a build '%s'", s->revision, name);
	return -EINVAL;
}

/* ---- what of it ---- */

static int make_items(struct side *s)
{
	static const enum diff_table tables[SUBJECT_IMAGE] = {
		[SUBJECT_REGION] = DIFF_REGIONS,       [SUBJECT_SECTION] = DIFF_SECTIONS,
		[SUBJECT_COMPONENT] = DIFF_COMPONENTS, [SUBJECT_ARCHIVE] = DIFF_ARCHIVES,
		[SUBJECT_FROZEN] = DIFF_FROZEN,        [SUBJECT_FOLDER] = DIFF_FOLDERS,
	};
	struct diff_item *items = malloc((s->build->n_figures + 1) * sizeof(*items));

	if (!items) {
		message_error("out of memory");
		return -EINVAL;
	}
	for (size_t i = 0; i < s->build->n_figures; i++) {
		const struct note_figure *figure = &s->build->figures[i];
		items[i] = (struct diff_item){ tables[figure->subject], figure->name, figure->size_bytes };
	}
	s->items = (struct diff_items){ items, s->build->n_figures, 0, s->build->image_bytes };
	for (size_t i = 0; i < note_n_subjects; i++)
		if (s->build->subjects & SUBJECT_BIT(note_subjects[i]))
			s->items.tables |= DIFF_BIT(tables[note_subjects[i]]);
	return 0;
}

static int compare(struct output *out, bool exit_code, struct side *old, struct side *new, struct diff_wishes *wishes)
{
	struct diff diff CLEANUP(diff_deinit) = { 0 };
	const struct diff_view view = { &diff,
					{ old->revision, old->build->format, NULL, NOT_KNOWN },
					{ new->revision, new->build->format, NULL, NOT_KNOWN } };
	struct diag diag = { 0 };

	if (make_items(old) < 0 || make_items(new) < 0)
		return EXIT_INPUT;
	diff_wishes_choose(wishes, out->format);
	if (diff_lists(&diff, &old->items, &new->items, &wishes->diff, &diag) < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	diff_report(out, &diff, &view, wishes);
	return exit_code && diff.n_differences ? EXIT_FINDING : EXIT_FINE;
}

enum { SHORT_HASH_CHARS = 10 };

/* The last two commits up to HEAD that have figures. */
static int find_last_two(const struct git *git, const char *build, char ret[2][SHORT_HASH_CHARS + 1])
{
	struct git_log log CLEANUP(git_log_deinit) = { .n_commits = 0 };
	char head[GIT_HASH_CHARS + 1];
	struct git_log_wish wish = { .hash = head, .build = build, .n_last = 2, .notices = message_notices };
	struct diag diag = { 0 };

	if (builds_find(git, "HEAD", head) < 0)
		return -EINVAL;
	if (git_log_read(&log, git, &wish, &diag) < 0) {
		message_diag(&diag);
		return -EINVAL;
	}
	if (log.n_commits < 2) {
		message_error("up to HEAD %s has figures in %s; a difference needs two",
			      log.n_commits ? "one commit only" : "no commit", git->ref);
		return -EINVAL;
	}
	for (size_t i = 0; i < 2; i++)
		snprintf(ret[i], sizeof(ret[i]), "%s", log.commits[1 - i].hash);
	return 0;
}

int builds_diff(const struct options *options, struct output *out)
{
	struct side old CLEANUP(side_deinit) = { .revision = NULL }, new CLEANUP(side_deinit) = { .revision = NULL };
	const struct history_args *args = options->values;
	const char *name = args->name;
	const char *from = options->n_args > 1 ? options->args[1] : NULL;
	const char *to = options->n_args > 2 ? options->args[2] : "HEAD";
	char last_two[2][SHORT_HASH_CHARS + 1];
	struct diff_wishes wishes;
	struct git git;

	if (diff_wishes_read(&args->tables, &wishes) < 0 || builds_open(args->ref, &git) < 0)
		return EXIT_INPUT;
	if (!from) {
		if (find_last_two(&git, name, last_two) < 0)
			return EXIT_INPUT;
		from = last_two[0];
		to = last_two[1];
		message_at((struct place){ 0 }, "note", "from %s to %s, the last two commits that have figures", from,
			   to);
	}
	if (read_side(&git, &old, from) < 0 || read_side(&git, &new, to) < 0)
		return EXIT_INPUT;
	if (name ? find_named(&old, name) < 0 || find_named(&new, name) < 0 : find_common(&old, &new) < 0)
		return EXIT_INPUT;
	return compare(out, args->exit_code, &old, &new, &wishes);
}
