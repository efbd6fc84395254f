/* Reasons why a port cannot be opened: other processes, and permissions. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/io/ports.h"
#include "small_file.h"

/* Whether a process has a lock through this file descriptor (proc_pid_fdinfo(5)). */
static bool has_locked(const char *pid, const char *fd)
{
	char path[96], text[1024];

	snprintf(path, sizeof(path), "/proc/%.20s/fdinfo/%.20s", pid, fd);
	small_file_text(path, text, sizeof(text));
	return strstr(text, "FLOCK") != NULL;
}

/* Whether a process has this file open; locked: and locked. */
static bool has_open(const char *pid, const char *path, bool locked)
{
	char folder[64], name[96], target[PATH_MAX];
	struct dirent *entry;
	bool found = false;

	snprintf(folder, sizeof(folder), "/proc/%.20s/fd", pid);
	DIR *dir = opendir(folder);
	while (dir && !found && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(name, sizeof(name), "%.40s/%.20s", folder, entry->d_name);
		ssize_t n = readlink(name, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, path) == 0 && (!locked || has_locked(pid, entry->d_name));
	}
	if (dir)
		closedir(dir);
	return found;
}

static void find_holder(const char *path, bool locked, struct port_holder *ret)
{
	char *real = realpath(path, NULL);
	DIR *dir = real ? opendir("/proc") : NULL;
	struct dirent *entry;

	*ret = (struct port_holder){ 0 };
	while (dir && ret->pid == 0 && (entry = readdir(dir))) {
		long pid = strtol(entry->d_name, NULL, 10);
		if (pid <= 0 || pid == getpid() || !has_open(entry->d_name, real, locked))
			continue;
		char name[64];
		snprintf(name, sizeof(name), "/proc/%ld/comm", pid);
		ret->pid = (pid_t)pid;
		small_file_line(name, ret->name, sizeof(ret->name));
	}
	if (dir)
		closedir(dir);
	free(real);
}

void port_holder(const char *path, struct port_holder *ret) { find_holder(path, false, ret); }

void port_locker(const char *path, struct port_holder *ret) { find_holder(path, true, ret); }

bool port_forbidden(const char *path, struct strbuf *ret)
{
	struct stat st;

	if (access(path, R_OK | W_OK) == 0 || errno != EACCES || stat(path, &st) != 0)
		return false;
	const struct group *group = getgrgid(st.st_gid);
	const struct passwd *user = getpwuid(geteuid());
	bool by_group = group && st.st_gid != 0 && (st.st_mode & S_IRGRP) && (st.st_mode & S_IWGRP);

	if (by_group)
		strbuf_printf(ret,
			      "it belongs to group %s, and you are not in it: sudo usermod -aG %s %s, then"
			      " log in again; or install the rule that memprof devices --udev prints",
			      group->gr_name, group->gr_name, user ? user->pw_name : "$USER");
	else
		strbuf_printf(ret, "only root may open it; install the rule that memprof devices --udev prints");
	return true;
}
