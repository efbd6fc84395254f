#include "mock-main.h"

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <umockdev.h>

UMockdevTestbed *mock_bed;
FILE *mock_log;

static const struct mock_command *known;
static size_t n_known;

static gboolean on_command(GIOChannel *in, GIOCondition why, gpointer loop)
{
	g_autofree char *line = NULL;
	g_autoptr(GError) error = NULL;
	const char *fault = "no such command";

	(void)why;
	if (g_io_channel_read_line(in, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
		g_main_loop_quit(loop);
		return G_SOURCE_REMOVE;
	}
	g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", -1);
	for (size_t i = 0; i < n_known; i++)
		if (words[0] && strcmp(words[0], known[i].word) == 0)
			fault = known[i].run(words, &error);
	if (fault && *fault)
		printf("error: %s%s%s\n", fault, error ? ": " : "", error ? error->message : "");
	else if (!fault)
		puts("ok");
	fflush(stdout);
	return G_SOURCE_CONTINUE;
}

int mock_main(int argc, char **argv, const struct mock_command *commands, size_t n_commands)
{
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	GIOChannel *in = g_io_channel_unix_new(0);

	if (argc != 2 || !(mock_log = fopen(argv[1], "w"))) {
		fprintf(stderr, "usage: umockdev-wrapper %s LOG\n", argv[0]);
		return 2;
	}
	known = commands;
	n_known = n_commands;
	setvbuf(mock_log, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	mock_bed = umockdev_testbed_new();
	puts(g_getenv("UMOCKDEV_DIR"));
	fflush(stdout);
	g_io_add_watch(in, G_IO_IN | G_IO_HUP, on_command, loop);
	g_main_loop_run(loop);
	g_object_unref(mock_bed);
	g_io_channel_unref(in);
	g_main_loop_unref(loop);
	fclose(mock_log);
	return 0;
}
