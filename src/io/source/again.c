/* Closing, refusing and finding again, for several kinds of sources. */
#define _DEFAULT_SOURCE /* nanosleep */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "source/private.h"

void source_close_fd(struct source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}

int source_end_proxy(struct source *source, int timeout_ms)
{
	const struct timespec tick = { 0, 2 * 1000000 };
	int status = 1;

	if (source->control_fd >= 0)
		close(source->control_fd);
	source->control_fd = -1;
	for (; source->proxy_pid > 0 && timeout_ms > 0; timeout_ms -= 2) {
		pid_t pid = waitpid(source->proxy_pid, &status, WNOHANG);
		if (pid == source->proxy_pid || (pid < 0 && errno != EINTR))
			source->proxy_pid = 0;
		else
			nanosleep(&tick, NULL);
	}
	source->proxy_pid = 0;
	return status;
}

int source_report_held(const char *path, const struct port_holder *holder, struct diag *diag)
{
	struct place at = { .file = path };

	if (holder->pid == 0)
		return diag_at(diag, at, -EBUSY, "another program has it open; close that first");
	return diag_at(diag, at, -EBUSY, "%s (process %ld) has it open; close that first", holder->name,
		       (long)holder->pid);
}

static void note_twin(struct source *source, const struct port *port)
{
	if (source->n_twins < SOURCE_TWINS_MAX && port_same(port, &source->port) &&
	    strcmp(port->location, source->port.location) != 0)
		memcpy(source->twins[source->n_twins++], port->location, sizeof(source->twins[0]));
}

static bool is_back(const struct source *source, const struct port *port)
{
	if (!port_same(port, &source->port))
		return false;
	for (size_t i = 0; i < source->n_twins; i++)
		if (strcmp(source->twins[i], port->location) == 0)
			return false;
	return true;
}

size_t source_find_again(struct source *source, const void *items, size_t n_items, size_t item_bytes,
			 const struct port *(*port_of)(const void *item))
{
	const char *first = items;
	const struct port *port;

	if (!source->away) {
		source->n_twins = 0;
		for (size_t i = 0; i < n_items; i++)
			if ((port = port_of(first + i * item_bytes)))
				note_twin(source, port);
	}
	source->away = true;
	for (size_t i = 0; i < n_items; i++)
		if ((port = port_of(first + i * item_bytes)) && is_back(source, port))
			return i;
	return n_items;
}
