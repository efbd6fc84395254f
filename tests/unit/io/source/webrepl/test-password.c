/* Where the password of a WebREPL comes from. */
#define _DEFAULT_SOURCE /* setenv, mkdtemp */
#include "source/webrepl/password.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static const char variable[] = "MEMPROF_WEBREPL_PASSWORD", file_variable[] = "MEMPROF_WEBREPL_PASSWORD_FILE";
static char folder[] = "/tmp/memprof-password-XXXXXX", path[64], default_path[64];

UNIT_BEFORE(begin)
{
	unsetenv(variable);
	unsetenv(file_variable);
	snprintf(path, sizeof(path), "%s/named", folder);
	snprintf(default_path, sizeof(default_path), "%s/memprof/webrepl-password", folder);
	assert_int_equal(setenv("XDG_CONFIG_HOME", folder, 1), 0);
}

UNIT_AFTER(end)
{
	unlink(path);
	unlink(default_path);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void assert_password(const char *expected)
{
	char password[WEBREPL_PASSWORD_MAX_BYTES + 1];
	struct diag diag = { .text = "" };

	if (webrepl_password(password, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_string_equal(password, expected);
}

static void assert_refused(const char *words, const char *file)
{
	char password[WEBREPL_PASSWORD_MAX_BYTES + 1];
	struct diag diag = { .text = "" };

	assert_int_equal(webrepl_password(password, &diag), -EINVAL);
	if (!strstr(diag.text, words))
		fail_msg("%s", diag.text);
	assert_null(strstr(diag.text, "secret"));
	if (file)
		assert_string_equal(diag.at.file, file);
}

UNIT_TEST(the_places_in_order)
{
	write_file(default_path, "third", 0600);
	assert_password("third");
	write_file(path, "second\nsecret comment\n", 0400);
	setenv(file_variable, path, 1);
	assert_password("second");
	setenv(variable, "first", 1);
	assert_password("first");
	setenv(variable, "", 1);
	setenv(file_variable, "", 1);
	assert_password("third");
}

UNIT_TEST(files)
{
	setenv(file_variable, path, 1);
	write_file(path, "with blanks \r\n", 0600);
	assert_password("with blanks ");
	for (mode_t mode = 1; mode <= 040; mode <<= 1) {
		write_file(path, "secret", 0600 | mode);
		assert_refused("chmod 600", path);
		char words[32];
		snprintf(words, sizeof(words), "its mode is %03o:", 0600u | mode);
		assert_refused(words, path);
	}
	write_file(path, "\nsecret\n", 0600);
	assert_refused("1 to 64 characters", path);
	write_file(path, "secret\tkey\n", 0600);
	assert_refused("1 to 64 characters", path);
	setenv(file_variable, "/nonexistent/file", 1);
	assert_refused("cannot open: No such file", "/nonexistent/file");
	assert_int_equal(chmod(folder, 0700), 0);
	setenv(file_variable, folder, 1);
	assert_refused("cannot read: Is a directory", folder);
}

UNIT_TEST(the_longest)
{
	char text[WEBREPL_PASSWORD_MAX_BYTES + 2] = "";

	memset(text, 'x', WEBREPL_PASSWORD_MAX_BYTES);
	setenv(variable, text, 1);
	assert_password(text);
	write_file(default_path, text, 0600);
	unsetenv(variable);
	assert_password(text);
	text[WEBREPL_PASSWORD_MAX_BYTES] = 'x';
	write_file(default_path, text, 0600);
	assert_refused("1 to 64 characters", default_path);
	setenv(variable, text, 1);
	assert_refused("MEMPROF_WEBREPL_PASSWORD: expected", NULL);
}

UNIT_TEST(none)
{
	assert_refused(default_path, NULL);
	assert_refused(file_variable, NULL);
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "relative", 1);
	assert_refused("$HOME/.config/memprof/webrepl-password", NULL);
	setenv(variable, "a\rsecret", 1);
	assert_refused("without control characters", NULL);
}

int main(void)
{
	char sub_folder[64];

	if (!mkdtemp(folder))
		return 1;
	snprintf(sub_folder, sizeof(sub_folder), "%s/memprof", folder);
	mkdir(sub_folder, 0700);
	int r = unit_run();
	rmdir(sub_folder);
	rmdir(folder);
	return r;
}
