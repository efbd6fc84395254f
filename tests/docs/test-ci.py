#!/usr/bin/python3
"""Runs the jobs of docs/ci.md, the action and the hooks as those would run them who read such files.

usage: test-ci.py Github|Board|Gitlab|Make|Page|Action|Hooks MEMPROF ROOT      (needs python3-yaml; exit 77 without it)

Github  workflows, on a machine that knows of GitHub's runner what they use
Board   those of them that need a MicroPython, on the firmware in $MEMPROF_FIRMWARE
Gitlab  the same for .gitlab-ci.yml
Make    the Makefile, by make
Page    what the page says of messages and shows of files, against those that there are
Action  action.yml: what it makes of inputs, exit codes and output, also of hostile ones
Hooks   .pre-commit-hooks.yaml, by pre-commit where it is, else by sh

What a job gets from elsewhere (packages, a clone, a cache, artifacts) is given to it here; all else runs as written.
"""
import contextlib
import functools
import glob
import http.server
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock
import xml.etree.ElementTree

try:
    import yaml
except ImportError:
    print("python3-yaml is not there")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
_spec = importlib.util.spec_from_file_location("documents", os.path.join(HERE, "test-docs.py"))
documents = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(documents)
MEMPROF, ROOT, read, write, fences = documents.MEMPROF, documents.ROOT, documents.read, documents.write, documents.fences
PAGE = os.path.join(ROOT, "docs", "ci.md")
ACTION = "OWNER/memprof@"


class Loader(yaml.SafeLoader):
    """YAML 1.2's words: "on" is no boolean. Two members of one name are an error."""

    def mapping(self, node):
        self.flatten_mapping(node)
        pairs = [(self.construct_object(k, True), self.construct_object(v, True)) for k, v in node.value]
        assert len({k for k, _ in pairs}) == len(pairs), "a name stands there twice, in line %d" % node.start_mark.line
        return dict(pairs)


Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or letter in "tTfF"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_constructor("tag:yaml.org,2002:map", Loader.mapping)


def load(text):
    return yaml.load(text, Loader)


def block(language):
    """The one ``` block of the page with these words behind the ```."""
    found = ["\n".join(lines) + "\n" for _, lines in fences(read(PAGE), re.escape(language))]
    assert len(found) == 1, language
    return found[0]


class Case(unittest.TestCase):
    """Each test in a folder like that of the examples, with a firmware that make makes."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = os.path.join(place.name, "work")
        os.mkdir(self.folder)
        documents.Runner().prepare(self.folder, PAGE)
        self.file("Makefile", "build/firmware.elf.map: new.map\n\tcp $< $@\n")

    def at(self, *names):
        return os.path.join(self.folder, *names)

    def file(self, name, text=None, mode=0o644):
        if text is None:
            return read(self.at(name))
        write(self.at(name), text, mode)
        return None

    def program(self, name, script):
        """A program that stands in the way of another one of this name."""
        self.file("bin/" + name, "#!/bin/bash\n" + script, 0o755)

    def tighten(self):
        """A budget that the new build breaks."""
        text = self.file("budget.json")
        self.assertIn('"max_used": 1500', text)
        self.file("budget.json", text.replace('"max_used": 1500', '"max_used": 1350'))

    def environment(self, **more):
        return documents.environment(HOME=self.folder, PATH=self.at("bin") + ":" + os.environ["PATH"], **more)

    def bash(self, script, env, options=("-e",)):
        """(exit code, all that it printed). Both go to one place, as in a job."""
        self.file(".step.sh", script)
        p = subprocess.run(["bash", "--noprofile", "--norc", *options, self.at(".step.sh")], cwd=self.folder, env=env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return p.returncode, p.stdout.decode("utf-8", "replace")

    def assertReports(self, *names):
        """What a job keeps is there and can be read."""
        for name in names:
            if name.endswith(".xml"):
                root = xml.etree.ElementTree.parse(self.at(name)).getroot()
                self.assertGreater(len(list(root.iter("testcase"))), 1)
            else:
                self.assertEqual(json.loads(self.file(name))["schema"], "memprof.check/1")


# ---- GitHub ----

WORKFLOW = {"name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
JOB = {"name", "needs", "runs-on", "container", "permissions", "if", "env", "steps", "timeout-minutes", "concurrency",
       "continue-on-error", "strategy", "outputs", "services"}
RUN_STEP = {"name", "id", "if", "run", "shell", "env", "working-directory", "continue-on-error", "timeout-minutes"}
USES_STEP = {"name", "id", "if", "uses", "with", "env", "continue-on-error", "timeout-minutes"}
EVENTS = {"push", "pull_request", "schedule", "workflow_dispatch"}
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class Machine:
    """Of GitHub's runner what the documents use. github: what ${{ github.X }} is; cache: path to files, or None."""

    def __init__(self, case, github, cache=None):
        self.case, self.cache = case, cache
        self.contexts = {"github": github, "steps": {}, "inputs": {}}
        self.saved, self.kept, self.ran = [], [], []
        self.log, self.summary, self.failed = "", "", False
        self.temp = tempfile.mkdtemp(dir=case.at(".."))

    def value(self, text):
        """${{ a.b }} in a text."""
        return EXPRESSION.sub(lambda found: str(self.term(found[1])), str(text))

    def term(self, text):
        if text[0] == "'":
            return text[1:-1]
        at = self.contexts
        for name in text.split("."):
            at = at.get(name, "") if isinstance(at, dict) else ""
        return at

    def holds(self, condition):
        """An if: terms with == and !=, joined by &&. Without a word about failures it needs success."""
        text = EXPRESSION.sub(r"\1", condition or "success()")
        words = {"success()": not self.failed, "failure()": self.failed, "always()": True, "!cancelled()": True}
        parts = [part.strip() for part in text.split("&&")]
        if not any(part in words for part in parts):
            parts.append("success()")
        for part in parts:
            if part in words:
                result = words[part]
            else:
                left, sign, right = re.fullmatch(r"(\S+) (==|!=) (\S+)", part).groups()
                result = (self.term(left) == self.term(right)) == (sign == "==")
            if not result:
                return False
        return True

    def run_job(self, job):
        for step in job["steps"]:
            if not self.holds(step.get("if")):
                continue
            self.ran.append(step.get("name"))
            code = self.run_step(step, self.uses if "uses" in step else self.script)
            if code and not step.get("continue-on-error"):
                self.failed = True

    def run_step(self, step, how):
        scope = self.contexts["steps"].setdefault(step.get("id", ""), {})
        outputs = scope["outputs"] = {}
        code = how(step, outputs)
        scope["outcome"] = "failure" if code else "success"
        return code

    def script(self, step, outputs, action_path=""):
        folder = tempfile.mkdtemp(dir=self.case.at(".."))
        files = {name: os.path.join(folder, name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
        for path in files.values():
            write(path, "")
        env = self.case.environment(CI="true", GITHUB_ACTIONS="true", GITHUB_WORKSPACE=self.case.folder,
                                    GITHUB_ACTION_PATH=action_path, RUNNER_TEMP=self.temp, **files)
        env.update({name: self.value(text) for name, text in step.get("env", {}).items()})
        options = ["-eo", "pipefail"] if step.get("shell") == "bash" else ["-e"]
        code, out = self.case.bash(step["run"], env, options)
        self.log += out
        self.summary += read(files["GITHUB_STEP_SUMMARY"]) if os.path.exists(files["GITHUB_STEP_SUMMARY"]) else ""
        for line in read(files["GITHUB_OUTPUT"]).splitlines():
            name, _, text = line.partition("=")
            outputs[name] = text
        return code

    def uses(self, step, outputs):
        name, given = step["uses"], {k: self.value(v) for k, v in step.get("with", {}).items()}
        if name.startswith(ACTION):
            return self.composite(given, outputs)
        if name.startswith("actions/cache/restore@") and self.cache:
            for file, source in self.cache.items():
                write(self.case.at(given["path"], file), read(source))
        elif name.startswith("actions/cache/save@"):
            self.saved += glob.glob(self.case.at(given["path"], "*"))
        elif name.startswith("actions/upload-artifact@"):
            self.kept += glob.glob(self.case.at(given["path"]))
        return 0

    def composite(self, given, outputs, path=ROOT):
        """As the runner does: outputs are set also where a step failed, and what follows needs an if that says so."""
        action = load(read(os.path.join(ROOT, "action.yml")))
        assert not set(given) - set(action["inputs"]), given
        inside = Machine(self.case, self.contexts["github"])
        inside.contexts["inputs"] = {name: str(given.get(name, spec.get("default", "")))
                                     for name, spec in action["inputs"].items()}
        code = 0
        for step in action["runs"]["steps"]:
            if inside.holds(step.get("if")):
                failed = inside.run_step(step, lambda step, outputs: inside.script(step, outputs, path))
                inside.failed |= bool(failed)
                code = code or failed
        self.log += inside.log
        self.summary += inside.summary
        outputs.update({name: inside.value(spec["value"]) for name, spec in action["outputs"].items()})
        return code


def commands(log):
    """The lines that GitHub's runner takes for commands (actions/runner, ActionCommand.cs, ActionCommandManager.cs)."""
    found, stopped = [], None
    for line in log.splitlines():
        new = re.match(r"\s*::([^\s:]+)(.*?)::(.*)", line)
        old = re.search(r"##\[([^\]\s]+)(.*?)\](.*)", line)
        name, text = (new[1], new[3]) if new else (old[1], old[3]) if old else (None, None)
        if stopped:
            if name == stopped:
                stopped = None
        elif name == "stop-commands":
            stopped = text
        elif name:
            found.append(line)
    return found


def bool_texts(values):
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


class Jobs(Case):
    def job(self, name):
        """The only job of a workflow."""
        workflow = load(block("yaml .github/workflows/" + name))
        (job,) = workflow["jobs"].values()
        for step in job["steps"]:
            if "with" in step:
                step["with"] = bool_texts(step["with"])
        return job

    def machine(self, event, job, **more):
        """One that has run a job."""
        ref = {"push": "refs/heads/main", "pull_request": "refs/pull/7/merge"}[event]
        m = Machine(self, {"event_name": event, "ref": ref, "sha": "0123abcd"}, **more)
        m.run_job(job)
        return m


class Github(Jobs):
    FILES = ("memory.yml", "history.yml", "heap.yml", "board.yml")

    def check_step(self, step):
        self.assertEqual(("run" in step) + ("uses" in step), 1, step)
        self.assertLessEqual(set(step), RUN_STEP if "run" in step else USES_STEP)
        if "run" in step:
            self.assertNotRegex(step["run"], EXPRESSION)    # it would be read as shell
        else:
            self.assertRegex(step["uses"], r"^(actions/[a-z-]+(/[a-z]+)?@v\d+|OWNER/memprof@v\d+\.\d+\.\d+)$")

    def test_workflows_have_the_form_that_github_takes(self):
        for name in self.FILES:
            workflow = load(block("yaml .github/workflows/" + name))
            self.assertLessEqual(set(workflow), WORKFLOW)
            self.assertLessEqual({"on", "jobs", "permissions"}, set(workflow))
            self.assertLessEqual(set(workflow["on"]), EVENTS)
            for job_name, job in workflow["jobs"].items():
                self.assertRegex(job_name, r"^[A-Za-z_][\w-]*$")
                self.assertLessEqual(set(job), JOB)
                self.assertTrue(job["runs-on"])
                ids = [step["id"] for step in job["steps"] if "id" in step]
                self.assertEqual(len(ids), len(set(ids)))
                for step in job["steps"]:
                    self.check_step(step)

    def test_a_pull_request_is_compared_with_main(self):
        m = self.machine("pull_request", self.job("memory.yml"), cache={"firmware.elf.map": self.at("old.map")})
        self.assertTrue(m.failed)           # libapp grew by more than 1 %
        self.assertIn("libapp", m.summary)
        self.assertTrue(any(line.startswith("::error file=budget.json,line=") for line in commands(m.log)), m.log)
        self.assertEqual(sorted(map(os.path.basename, m.kept)), ["memory.json", "memory.xml"])
        self.assertReports("memory.xml", "memory.json")
        self.assertEqual(m.saved, [])

    def test_one_that_changes_nothing_passes(self):
        m = self.machine("pull_request", self.job("memory.yml"), cache={"firmware.elf.map": self.at("new.map")})
        self.assertFalse(m.failed, m.log)
        self.assertTrue(m.summary.startswith("## Check: "), m.summary)
        self.assertFalse([line for line in commands(m.log) if line.startswith("::error")])

    def test_the_first_push_leaves_a_baseline(self):
        m = self.machine("push", self.job("memory.yml"))
        self.assertFalse(m.failed, m.log)
        self.assertIn("skipped", m.summary)
        self.assertEqual([os.path.basename(path) for path in m.saved], ["firmware.elf.map"])

    def test_what_was_merged_is_the_baseline_also_if_it_is_too_large(self):
        self.tighten()
        m = self.machine("push", self.job("memory.yml"))
        self.assertTrue(m.failed)
        self.assertEqual(len(m.saved), 1)
        self.assertEqual(len(m.kept), 2)

    def test_the_step_without_the_action(self):
        (steps,) = [load("\n".join(lines)) for _, lines in fences(read(PAGE), "yaml")]
        subprocess.run(["make", "-s"], cwd=self.folder, check=True)
        for budget_is_broken in (False, True):
            if budget_is_broken:
                self.tighten()
            for step in steps:
                self.check_step(step)
            m = self.machine("pull_request", {"steps": steps})
            self.assertEqual(m.failed, budget_is_broken, m.log)
            self.assertTrue(m.summary.startswith("## Check: "))
            self.assertEqual(any(line.startswith("::error ") for line in commands(m.log)), budget_is_broken)
            self.assertReports("memory.xml")

    def git(self, *arguments, check=True):
        p = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, env=self.environment())
        self.assertEqual(p.returncode == 0, check, p.stderr)
        return p.stdout

    def test_figures_are_kept_with_commits(self):
        origin = self.at("..", "origin.git")
        self.git("init", "-q", "--bare", origin)
        self.git("update-ref", "-d", "refs/notes/memprof")
        self.git("remote", "add", "origin", origin)
        self.file("new.map", self.file("old.map"))
        self.git("checkout", "-q", "main")
        self.git("push", "-q", "origin", "main")
        self.file("Makefile", "build/firmware.elf.map: new.map\n\tcp $< $@\n")
        m = self.machine("push", self.job("history.yml"))
        self.assertFalse(m.failed, m.log)
        self.assertIn("there are no notes yet", m.log)
        self.assertIn("```text\nriscv: RAM ", m.summary)
        self.assertIn("refs/notes/memprof", self.git("ls-remote", "origin"))
        self.git("update-ref", "-d", "refs/notes/memprof")
        self.git("checkout", "-q", "-f", "filters")
        shutil.copy(os.path.join(ROOT, "tests/data/images/riscv64-bfd-b.map"), self.at("new.map"))
        self.file("Makefile", "build/firmware.elf.map: new.map\n\tcp $< $@\n")
        m = self.machine("pull_request", self.job("history.yml"))
        self.assertFalse(m.failed, m.log)
        self.assertIn("FLASH +72 B since origin/main", m.summary)
        self.assertNotIn("Keep the notes", m.ran)

    def test_without_figures_the_check_goes_on(self):
        shutil.rmtree(self.at(".git"))
        m = self.machine("pull_request", {"steps": self.job("history.yml")["steps"][2:]})
        self.assertFalse(m.failed, m.log)
        self.assertTrue(any(line.startswith("::warning title=memprof history::") for line in commands(m.log)), m.log)
        self.assertTrue(m.summary.startswith("## Check: "), m.summary)

    def test_a_board_that_is_not_there_is_a_warning(self):
        m = self.machine("push", self.job("board.yml"))
        self.assertFalse(m.failed, m.log)
        self.assertIn("The board is gone", m.ran)
        self.assertEqual(m.contexts["steps"]["heap"]["outputs"], {"result": "device", "passed": "false"})


class Board(Jobs):
    """heap.yml on the unix port. Without firmware there is nothing to run."""

    def run_heap(self, more=""):
        self.program("apt-get", ":\n")
        self.program("micropython", 'exec %s "$@"\n' % " ".join(map(quoted, documents.Board.firmware.command("unix"))))
        self.file("heap_test.py", self.file("heap_test.py") + more)
        return self.machine("push", self.job("heap.yml"))

    def test_a_heap_is_held_to_its_budget(self):
        m = self.run_heap()
        self.assertFalse(m.failed, m.log)
        self.assertIn("mark:after boot", m.summary)

    def test_a_program_that_raises_fails_and_says_nothing_to_the_runner(self):
        m = self.run_heap("\nprint('::error::forged')\nraise ValueError('no')\n")
        self.assertTrue(m.failed)
        self.assertIn("::error::forged", m.log)
        self.assertNotIn("::error::forged", commands(m.log))
        self.assertIn("ValueError: no", m.summary)


# ---- GitLab ----

GITLAB_JOB = {"stage", "image", "needs", "variables", "before_script", "script", "after_script", "artifacts", "rules", "cache",
              "allow_failure", "retry", "tags", "timeout"}
GITLAB_STUBS = {
    "apt-get": ":\n",
    "git": '[ "$1 ${*: -1}" = "clone .memprof" ] || exit 128\n'
           "mkdir -p .memprof/scripts .memprof/build\n"
           "printf '#!/bin/sh\\n[ \"$*\" = --build ]\\n' >.memprof/scripts/quickstart; chmod +x .memprof/scripts/quickstart\n"
           'ln -sf "$(readlink -f "$(command -v memprof)")" .memprof/build/memprof\n',
    # What it is asked for is written down; without a file to give it is 404, as curl -f says it.
    "curl": 'printf "%s\\n" "$@" >>curl.log\n'
            'while [ $# -gt 0 ]; do [ "$1" != -o ] || to=$2; shift; done\n'
            '[ -e artifact.map ] || exit 22\n'
            'mkdir -p "$(dirname "$to")" && cp artifact.map "$to"\n',
}


class Gitlab(Case):
    def setUp(self):
        super().setUp()
        self.jobs = load(block("yaml .gitlab-ci.yml"))
        for name, script in GITLAB_STUBS.items():
            self.program(name, script)

    def allowed(self, job, branch):
        """Whether rules take the job, and whether it may fail then. Of rules there is A == B, and A: it is set."""
        variables = {"$CI_COMMIT_BRANCH": branch, "$CI_DEFAULT_BRANCH": "main"}
        for rule in job.get("rules", [{}]):
            left, _, right = rule.get("if", "$CI_COMMIT_BRANCH").partition(" == ")
            if variables[left] == variables[right] if right else variables[left]:
                return True, rule.get("allow_failure", False)
        return False, False

    def run_jobs(self, expected=0, branch="topic"):
        """What the pipeline prints, as GitLab's shell executor runs it: before_script and script in one bash."""
        log = ""
        for job in self.jobs.values():
            runs, may_fail = self.allowed(job, branch)
            self.assertTrue(runs)
            env = self.environment(CI="true", CI_JOB_TOKEN="token", CI_PROJECT_ID="7", CI_DEFAULT_BRANCH="main",
                                   CI_API_V4_URL="https://gitlab.example.org/api/v4", **job.get("variables", {}))
            code, out = self.bash("\n".join([*job.get("before_script", []), *job["script"]]), env, ["-eo", "pipefail"])
            log += out
            if code and not may_fail:
                break
        else:
            code = 0
        self.assertEqual(code, expected, log)
        return log

    def test_jobs_have_the_form_that_gitlab_takes(self):
        for name, job in self.jobs.items():
            self.assertLessEqual(set(job), GITLAB_JOB, name)
            self.assertIn(job["stage"], ("build", "test", "deploy"))    # those that are there by default
            self.assertLessEqual(set(job.get("needs", [])), set(self.jobs))
            for rule in job.get("rules", []):
                self.assertLessEqual(set(rule), {"if", "when", "allow_failure", "changes", "exists", "variables"})
            for line in [*job.get("before_script", []), *job["script"]]:
                self.assertIsInstance(line, str)
            artifacts = job.get("artifacts", {})
            self.assertLessEqual(set(artifacts), {"paths", "reports", "when", "expire_in", "name"})
            self.assertIn(artifacts.get("when", "always"), ("always", "on_failure", "on_success"))
            self.assertLessEqual(set(artifacts.get("reports", {})), {"junit"})

    def test_they_compare_with_the_default_branch(self):
        shutil.copy(self.at("new.map"), self.at("artifact.map"))
        self.run_jobs()
        self.assertReports(self.jobs["memory"]["artifacts"]["reports"]["junit"])
        asked = self.file("curl.log").splitlines()
        self.assertIn("JOB-TOKEN: token", asked)
        self.assertIn("https://gitlab.example.org/api/v4/projects/7/jobs/artifacts/main/raw/build/firmware.elf.map?job=firmware",
                      asked)
        self.assertIn("build/firmware.elf.map", self.jobs["firmware"]["artifacts"]["paths"])

    def test_the_first_has_no_baseline(self):
        self.assertIn("there is no baseline yet", self.run_jobs())

    def test_a_broken_budget_fails(self):
        self.tighten()
        self.run_jobs(expected=1)
        self.run_jobs(branch="main")    # or what was merged never were the baseline
        root = xml.etree.ElementTree.parse(self.at("memory.xml")).getroot()
        self.assertTrue(list(root.iter("failure")))


# ---- make ----

class Make(Case):
    def setUp(self):
        super().setUp()
        self.file("Makefile", block("make Makefile") + "\n" + self.file("Makefile"))

    def make(self, target, expected=0):
        code, log = self.bash("make " + target, self.environment())
        self.assertEqual(code, expected, log)
        return log

    def test_check_memory(self):
        self.make("check-memory")
        write(self.at("baseline", "firmware.elf.map"), self.file("old.map"))
        log = self.make("check-memory", expected=2)
        self.assertIn("libapp", log)
        self.assertRegex(log, r"check-memory\] Error 1\n")

    def test_ratchet_memory(self):
        before = self.file("budget.json")
        self.make("ratchet-memory")
        after = self.file("budget.json")
        self.assertNotEqual(after, before)
        self.make("ratchet-memory")
        self.assertEqual(self.file("budget.json"), after)

    def test_a_first_budget_is_made_once(self):
        os.remove(self.at("budget.json"))
        self.make("check-memory")
        self.assertEqual(json.loads(self.file("budget.json"))["schema"], "memprof.budget/1")
        self.assertNotIn("--init", self.make("check-memory"))


# ---- what goes wrong ----

class Page(Case):
    COMMANDS = (
        (2, "check wrong.json --map new.map --baseline old.map"),
        (2, "check budget.json --map new.map"),
        (2, "check budget.json --map gone.map --baseline old.map"),
        (2, "check budget.json --baseline old.map"),
        (2, "check budget.json --elf new.elf --baseline old.map"),
        (2, "check heap-budget.json --map new.map"),
        (0, "check heap-budget.json --map new.map --allow-missing"),
        (2, "check heap-budget.json --dump cut.log"),
        (3, "check heap-budget.json --run heap_test.py --live /dev/ttyACM99"),
        (3, "check heap-budget.json --run heap_test.py --live exec:false"),
    )

    def test_the_page_shows_the_examples_as_they_are(self):
        for name in ("json budget.json", "json heap-budget.json", "python heap_test.py"):
            self.assertEqual(block(name), read(os.path.join(ROOT, "examples", name.split()[1])))

    def test_comments_are_those_of_diff(self):
        """Of real builds, some of which are beside this repository."""
        shown = re.findall(r"^```markdown (\S+) (\S+)\n(.*?)^```", read(PAGE), re.M | re.S)
        self.assertEqual(len(shown), 3)
        for *names, text in shown:
            folders = [os.path.join(ROOT, place, "data", "images") for place in ("tests", "../shared")]
            folder = next((folder for folder in folders if os.path.exists(os.path.join(folder, names[1]))), None)
            with self.subTest(names):
                if not folder:
                    self.skipTest("%s is not here" % names[1])
                printed = subprocess.run([MEMPROF, "diff", "--format", "markdown", *names], cwd=folder, capture_output=True, text=True)
                self.assertEqual(printed.stdout.split("\n<details>")[0].rstrip("\n") + "\n", text)

    def test_the_examples_keep_their_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("no python3-jsonschema here")
        for name in ("budget.json", "heap-budget.json"):
            example = json.loads(self.file(name))
            schema = json.loads(read(os.path.join(ROOT, "examples", example["$schema"])))
            jsonschema.validate(example, schema)

    def test_the_page_has_the_words_of_the_program(self):
        text = self.file("budget.json")
        self.file("wrong.json", text.replace("max_used", "max_usd").replace('"RAM"', '"RUM"'))
        self.file("cut.log", "".join(self.file("crash.log").splitlines(True)[:30]))
        shutil.copy(os.path.join(ROOT, "tests/data/images/riscv64-bfd-b.elf"), self.at("new.elf"))
        said = {0: "", 2: "", 3: "", 4: "ValueError: "}     # 4 needs a MicroPython
        for code, line in self.COMMANDS:
            got, out = self.bash("memprof %s\n" % line, self.environment())
            self.assertEqual(got, code, out)
            said[code] += " ".join(out.split()) + "\n"
        table = read(PAGE).split("## When it fails")[1]
        rows = re.findall(r"^\| (\d) \| (.*?) \|", table, re.M)
        self.assertGreater(len(rows), 8)
        for code, words in rows:
            for word in re.findall(r"`(.*?)`", words):
                self.assertIn(word, said[int(code)])


# ---- the action ----

# Writes down its arguments, says what a hostile program may print, and reports as memprof does.
SPY = r"""[ "$2" != --help ] || exit 0
printf '%s\0' "$@" >argv
echo '::error::from the program'; echo ' ::set-output name=result::pass' >&2; echo 'x ##[error]old'; echo '::stop-commands::'
printf 'no end of line'
if [ "${REPORTS-yes}" ]; then
    for word; do
        case $word in
        github:*) echo '::error file=budget.json,line=3::broken' >"${word#github:}" ;;
        markdown:*) echo '## Memory: so and so' >"${word#markdown:}" ;;
        esac
    done
fi
exit "${CODE:-0}"
"""
HOSTILE = ("$(touch pwned)", "`touch pwned`", "; touch pwned;", "\"; touch pwned; \"", "'; touch pwned; '", "a b  c", "*",
           "--force", "-o", "$INPUT_MAP", "${IFS}", "\\", "a\\nb", "%s%n", "> pwned", "é ☃", "#", "~", "{a,b}", "!!")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Comments:
    """Keeps comments by the path of their list, in pages, and writes down what it is asked."""

    def __init__(self):
        self.comments, self.asked, self.tokens, self.refuses = {}, [], set(), None
        outer = self

        class Handler(QuietHandler):
            def do_any(self):
                outer.asked.append("%s %s" % (self.command, self.path))
                outer.tokens.add(self.headers["Authorization"] or self.headers["PRIVATE-TOKEN"])
                data = self.rfile.read(int(self.headers["Content-Length"] or 0))
                if outer.refuses:
                    return self.send_error(outer.refuses)
                answer = outer.answer(self.command, self.path, json.loads(data) if data else None)
                if answer is None:
                    return self.send_error(403)
                answer = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            do_GET = do_POST = do_PUT = do_PATCH = do_any

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]

    def answer(self, method, path, given):
        path, _, query = path.partition("?")
        if method == "GET":
            page = int(re.search(r"page=(\d+)$", query)[1])
            return self.comments[path][100 * (page - 1):100 * page]
        if method == "POST":
            self.comments[path].append({"id": len(self.comments[path]), **given})
        else:
            number = int(path.rpartition("/")[2])
            comment = next(c for of in self.comments.values() for c in of if c["id"] == number)
            if comment.get("stranger"):
                return None
            comment.update(given)
        return {}

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Action(Case):
    def setUp(self):
        super().setUp()
        self.action = load(read(os.path.join(ROOT, "action.yml")))
        os.remove(self.at("bin", "memprof"))
        self.program("memprof", SPY)

    def run_action(self, given, path=ROOT, **github):
        m = Machine(self, github)
        outputs = {}
        code = m.composite(given, outputs, path)
        argv = self.file("argv").split("\0")[:-1] if os.path.exists(self.at("argv")) else None
        return code, outputs, m, argv

    def test_it_has_the_form_that_github_takes(self):
        self.assertLessEqual({"name", "description", "inputs", "outputs", "runs"}, set(self.action))
        self.assertLessEqual(set(self.action), {"name", "author", "description", "inputs", "outputs", "runs", "branding"})
        self.assertEqual(self.action["runs"]["using"], "composite")
        for name, spec in self.action["inputs"].items():
            self.assertRegex(name, r"^[a-z][a-z-]*$")
            self.assertLessEqual(set(spec), {"description", "required", "default", "deprecationMessage"})
            self.assertIsInstance(spec.get("default", ""), str)
        for spec in self.action["outputs"].values():
            self.assertEqual(set(spec), {"description", "value"})
        for step in self.action["runs"]["steps"]:
            self.assertEqual(set(step) - {"id", "env", "if"}, {"name", "shell", "run"})     # nobody else's actions
            self.assertEqual(step["shell"], "bash")

    def test_inputs_go_through_the_environment(self):
        used = set()
        for step in self.action["runs"]["steps"]:
            self.assertNotIn("${{", step["run"])
            used |= set(re.findall(r"inputs\.([a-z-]+)", " ".join([step.get("if", ""), *step.get("env", {}).values()])))
        self.assertEqual(used, set(self.action["inputs"]))

    def test_the_page_lists_them(self):
        table = re.search(r"^\| input \|.*?\n\n", read(PAGE), re.M | re.S)[0]
        first = "".join(re.findall(r"^\| (`.*?) \|", table, re.M))
        self.assertEqual(set(re.findall(r"`([a-z-]+)`", first)), set(self.action["inputs"]))

    def test_options_are_those_that_are_given(self):
        code, _, m, argv = self.run_action({
            "map": "a.map", "elf": "a.elf", "bin": "a.bin", "partitions": "p.csv", "dump": "a.log\nb c.log\r\n\n", "run": "t.py",
            "live": "exec:micropython -X heapsize=1m", "baseline": "old.map\nold.elf", "allow-missing": "true",
            "args": " --flash-size 4M\n  -o junit:check.xml "})
        self.assertEqual(code, 0, m.log)
        at = argv.index("--map=a.map")
        self.assertEqual(argv[:3], ["check", "-o", "text:-"])
        self.assertEqual(argv[at:], ["--map=a.map", "--elf=a.elf", "--bin=a.bin", "--partitions=p.csv", "--dump=a.log",
                                     "--dump=b c.log", "--run=t.py", "--live=exec:micropython -X heapsize=1m",
                                     "--baseline=old.map", "--baseline=old.elf", "--allow-missing", "--flash-size", "4M", "-o",
                                     "junit:check.xml", "--", "budget.json"])
        self.assertEqual(self.run_action({})[3][-2:], ["--", "budget.json"])

    def test_hostile_inputs_stay_what_they_are(self):
        for text in HOSTILE:
            for name in ("budget", "map", "elf", "bin", "partitions", "dump", "run", "live", "baseline"):
                with self.subTest(name, text=text):
                    _, _, m, argv = self.run_action({name: text})
                    if name == "budget":
                        self.assertEqual(argv[-2:], ["--", text])
                    else:
                        self.assertEqual(argv[-3], "--%s=%s" % (name, text))
            with self.subTest("args", text=text):
                argv = self.run_action({"args": text})[3]
                self.assertEqual(argv[argv.index("-o", 4) + 2:-2], text.split())
        for text in HOSTILE:
            with self.subTest("allow-missing", text=text):
                os.remove(self.at("argv"))
                code, outputs, m, argv = self.run_action({"allow-missing": text})
                self.assertEqual((code, argv), (2, None))
                self.file("argv", "")
        self.assertFalse(glob.glob(self.at("**", "pwned"), recursive=True))

    def test_exit_codes_become_results_and_are_passed_on(self):
        for code, result in ((0, "pass"), (1, "fail"), (2, "error"), (3, "device"), (4, "script"), (134, "error")):
            for reports in ("yes", ""):
                with self.subTest(code=code, reports=reports), unittest.mock.patch.dict(os.environ, CODE=str(code), REPORTS=reports):
                    got, outputs, m, _ = self.run_action({})
                    self.assertEqual(got, code)
                    self.assertEqual(outputs, {"result": result, "passed": "true" if code == 0 else "false"})
                    heard = [line for line in commands(m.log) if "stop-commands" not in line]
                    if reports:
                        self.assertEqual(heard, ["::error file=budget.json,line=3::broken"])
                        self.assertEqual(m.summary, "## Memory: so and so\n")
                    else:
                        self.assertEqual(len(heard), code != 0)
                        self.assertEqual(m.summary.startswith("## Memory: not checked"), code != 0)

    def test_what_a_program_prints_is_no_command(self):
        log = self.run_action({})[2].log
        self.assertIn("::error::from the program", log)     # it is shown
        stops = re.findall(r"::stop-commands::([0-9a-f]{32})\n", log)
        self.assertEqual(len(stops), 1)
        self.assertNotIn("::stop-commands::" + stops[0], self.run_action({})[2].log)

    def test_a_comment_is_written_once_and_then_replaced(self):
        """By a server that answers as GitHub's API does (rest/issues/comments), and GitLab's (api/notes)."""
        os.remove(self.at("bin", "memprof"))
        self.program("memprof", 'exec "%s" "$@"\n' % MEMPROF)
        riscv = os.path.join(ROOT, "tests", "data", "images", "riscv64-bfd-%s.map")
        write(self.at("event.json"), json.dumps({"pull_request": {"number": 7}}))
        write(self.at("b.json"), '{"schema": "memprof.budget/1", "budgets": [{"region": "FLASH", "max_used": "1M"}]}')
        given = {"budget": "b.json", "map": riscv % "b", "baseline": riscv % "a", "comment": "true", "token": "t0ken"}
        with Comments() as server, unittest.mock.patch.dict(
                os.environ, GITHUB_EVENT_PATH=self.at("event.json"), GITHUB_REPOSITORY="o/r", GITHUB_API_URL=server.url):
            server.comments["/repos/o/r/issues/7/comments"] = [{"id": n, "body": "of somebody"} for n in range(130)]
            for _ in range(2):
                code, _, m, _ = self.run_action(given)
                self.assertEqual(code, 0, m.log)
            ours = [c for c in server.comments["/repos/o/r/issues/7/comments"] if c["body"].startswith("<!-- memprof ")]
            self.assertEqual([line.split()[0] for line in server.asked if "GET" not in line], ["POST", "PATCH"])
            self.assertEqual(len(ours), 1)
            self.assertEqual(server.tokens, {"Bearer t0ken"})
            self.assertIn("**1 limit kept", ours[0]["body"])
            self.assertIn("### What grew most", ours[0]["body"])
            given["comment"] = "false"
            server.asked.clear()
            self.run_action(given)
            self.assertEqual(server.asked, [])
            given.update(comment="true", budget="none.json")
            self.assertEqual(self.run_action(given)[0], 2)
            self.assertEqual([line.split()[0] for line in server.asked if "GET" not in line], ["PATCH"])
            self.assertIn("the budget could not be read", server.comments["/repos/o/r/issues/7/comments"][-1]["body"])
            given["budget"], server.refuses = "b.json", 403
            code, _, m, _ = self.run_action(given)
            self.assertEqual(code, 0, m.log)
            self.assertRegex(m.log, "(?m)^comment: the server answers 403: .*\n::warning ")
            write(self.at("event.json"), json.dumps({"ref": "refs/heads/main"}))
            self.assertIn("no pull request, so no comment", self.run_action(given)[2].log)

    def test_a_note_of_gitlab(self):
        script = os.path.join(ROOT, "scripts", "comment")
        write(self.at("long.md"), "<details><summary>x</summary>\n" + "| 1 | 2 |\n" * 20000)
        of = "/api/v4/projects/5/merge_requests/3/notes"
        with Comments() as server:
            environment = dict(os.environ, CI_API_V4_URL=server.url + "/api/v4", CI_PROJECT_ID="6", CI_MERGE_REQUEST_PROJECT_ID="5",
                               CI_MERGE_REQUEST_IID="3",
                               MEMPROF_TOKEN="glpat")
            server.comments[of] = []
            for _ in range(2):
                subprocess.run([script, "board", self.at("long.md")], env=environment, check=True)
            self.assertEqual([line.split()[0] for line in server.asked if "GET" not in line], ["POST", "PUT"])
            text = server.comments[of][0]["body"]
            self.assertLessEqual(len(text), 65536)
            self.assertEqual(text.count("<details>"), text.count("</details>"))
            self.assertTrue(text.endswith("may have 65000 characters.*\n"), text[-200:])
            self.assertEqual(server.tokens, {"glpat"})
            server.comments[of].insert(0, {"id": 99, "body": text, "stranger": True})    # the mark can be copied
            subprocess.run([script, "board", self.at("long.md")], env=environment, check=True)
            self.assertEqual([line.split()[0] for line in server.asked if "GET" not in line], ["POST", "PUT", "PUT", "PUT"])
            self.assertEqual(len(server.comments[of]), 2)

    def test_a_comment_that_cannot_be_written_says_why(self):
        script = os.path.join(ROOT, "scripts", "comment")
        write(self.at("empty.md"), "\n")
        write(self.at("a.md"), "a\n")
        of = {"CI_API_V4_URL": "http://127.0.0.1:9", "CI_MERGE_REQUEST_PROJECT_ID": "5", "CI_MERGE_REQUEST_IID": "3",
              "MEMPROF_TOKEN": "x"}
        for given, file, words in ((of, "none.md", "none.md"), (of, "empty.md", "there is nothing to write"), (of, "a.md", "refused"),
                                   ({**of, "MEMPROF_TOKEN": None}, "a.md", "MEMPROF_TOKEN is not set")):
            environment = {k: v for k, v in {**os.environ, **given}.items() if v is not None}
            p = subprocess.run([script, "board", self.at(file)], env=environment, capture_output=True, text=True)
            self.assertEqual((p.returncode, p.stderr.count("\n")), (1, 1), p.stderr)
            self.assertIn(words, p.stderr)

    def builds(self):
        """A folder of the action whose build is a spy."""
        place = self.at("..", "action dir")
        write(os.path.join(place, "scripts", "quickstart"),
              '#!/bin/bash\n[ "$*" = --build ] || exit 2\ncd "$(dirname "$0")/.."; mkdir -p build\n'
              "printf '#!/bin/bash\\n%s' %s >build/memprof; chmod +x build/memprof\n" % ("%s", quoted(SPY)), 0o755)
        return place

    def test_memprof_is_built_where_there_is_none(self):
        place = self.builds()
        for there in (None, "exit 2\n"):        # none, or one that does not know check yet
            os.remove(self.at("bin", "memprof"))
            if there:
                self.program("memprof", there)
            else:
                self.program("memprof.no", "")
            code, outputs, m, argv = self.run_action({"map": "a.map"}, place)
            self.assertEqual((code, outputs["result"]), (0, "pass"), m.log)
            self.assertIn("--map=a.map", argv)
            shutil.rmtree(os.path.join(place, "build"))
            self.program("memprof", SPY)

    def test_memprof_of_a_release(self):
        """Of the tag by which the action is used; what is not what the release says is not run."""
        name = "memprof-1.2.3-linux-%s" % os.uname().machine
        released = self.at("..", "web", "somebody", "memprof", "releases", "download", "v1.2.3")
        write(self.at("..", name, "memprof"), SPY, 0o755)
        os.makedirs(released)
        subprocess.run(["tar", "-czf", os.path.join(released, name + ".tar.gz"), name], cwd=self.at(".."), check=True)
        sums = subprocess.run(["sha256sum", name + ".tar.gz"], cwd=released, capture_output=True, text=True, check=True).stdout
        place = self.builds()
        shutil.copy(os.path.join(ROOT, "scripts", "get-release"), os.path.join(place, "scripts"))
        for key in ("ours", "other"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.at("..", key)], check=True)
        write(os.path.join(place, "scripts", "release-signers"), "# a comment\nmemprof namespaces=\"memprof-release\" " + read(self.at("..", "ours.pub")))
        self.program("memprof", "exit 2\n")
        handler = functools.partial(QuietHandler, directory=self.at("..", "web"))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = "http://127.0.0.1:%d" % server.server_address[1]

            def run(tag, text, key="ours", signed=None):
                write(os.path.join(released, "SHA256SUMS"), signed or text)
                if key:
                    with contextlib.suppress(FileNotFoundError):
                        os.remove(os.path.join(released, "SHA256SUMS.sig"))
                    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", self.at("..", key), "-n", "memprof-release",
                                    os.path.join(released, "SHA256SUMS")], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                write(os.path.join(released, "SHA256SUMS"), text)
                return self.run_action({"map": "a.map"}, place, server_url=url, action_ref=tag, action_repository="somebody/memprof")

            for text in (sums.replace(sums[:8], "0" * 8), sums.replace("memprof-1", "memprof-2"), ""):
                with self.subTest(text):
                    code, _, m, argv = run("v1.2.3", text)
                    self.assertEqual((code, argv), (1, None), m.log)
                    self.assertIn("tar.gz does not match SHA256SUMS\n", m.log)
                    self.assertRegex(m.log, "(?m)^::error .*v1.2.3 is not what was signed")
                    self.assertFalse(os.path.exists(os.path.join(place, "build")), m.log)
            for more in ({"key": "other"}, {"signed": sums + "\n"}):     # by nobody we know, or of other sums
                with self.subTest(more):
                    code, _, m, argv = run("v1.2.3", sums, **more)
                    self.assertEqual((code, argv), (1, None), m.log)
                    self.assertIn("SHA256SUMS is not signed by a key of release-signers\n", m.log)
            signers = read(os.path.join(place, "scripts", "release-signers"))
            write(os.path.join(place, "scripts", "release-signers"), "# none yet\n")
            code, _, m, argv = run("v1.2.3", sums)
            self.assertEqual((code, os.path.exists(os.path.join(place, "build"))), (0, True), m.log)
            self.assertIn("names no key, so no release can be trusted", m.log)
            write(os.path.join(place, "scripts", "release-signers"), signers)
            shutil.rmtree(os.path.join(place, "build"))
            os.remove(self.at("argv"))
            for tag, text, why in (("v1.2.3", sums, None), ("v1.2.4", sums, "cannot fetch SHA256SUMS"),
                                   ("main", sums, "'main' is no tag of a release"), ("", sums, "'' is no tag"),
                                   ("v1/../v2", sums, "is no tag")):
                with self.subTest(tag, why=why):
                    code, outputs, m, argv = run(tag, text)
                    self.assertEqual((code, outputs["result"]), (0, "pass"), m.log)
                    self.assertIn("--map=a.map", argv)
                    self.assertEqual(os.path.exists(os.path.join(place, "build")), bool(why), m.log)
                    self.assertIn(why or "memprof is that of v1.2.3", m.log)
                    self.assertEqual("::notice " in m.log, bool(why))
                    shutil.rmtree(os.path.join(place, "build"), ignore_errors=True)
                    os.remove(self.at("argv"))
            server.shutdown()

    def test_quickstart_takes_build_and_nothing_else(self):
        p = subprocess.run([os.path.join(ROOT, "scripts", "quickstart"), "--bild"], capture_output=True, text=True)
        self.assertEqual(p.returncode, 2)
        self.assertIn("--build", p.stderr)


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


# ---- hooks ----

HOOK = {"id", "name", "description", "entry", "args", "language", "files", "pass_filenames", "always_run", "stages", "types"}


class Hooks(Case):
    def setUp(self):
        super().setUp()
        self.hooks = {hook["id"]: hook for hook in load(read(os.path.join(ROOT, ".pre-commit-hooks.yaml")))}
        self.config = load(block("yaml .pre-commit-config.yaml"))
        subprocess.run(["make", "-s"], cwd=self.folder, check=True)

    def git(self, folder, *arguments):
        env = self.environment(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main",
                        "-C", folder, *arguments], check=True, capture_output=True, env=env)

    def repository(self, folder, names):
        self.git(folder, "init")
        self.git(folder, "add", "--", *names)
        self.git(folder, "commit", "-m", "x")

    def run_hooks(self):
        """All hooks of the page's configuration over the folder: its exit code and what it said."""
        if not shutil.which("pre-commit") or not shutil.which("git"):
            return self.run_entries()
        hooks = self.at("..", "hooks")
        if not os.path.exists(hooks):
            write(os.path.join(hooks, ".pre-commit-hooks.yaml"), read(os.path.join(ROOT, ".pre-commit-hooks.yaml")))
            self.repository(hooks, [".pre-commit-hooks.yaml"])
            self.git(hooks, "tag", self.config["repos"][0]["rev"])
            self.file(".pre-commit-config.yaml",
                      block("yaml .pre-commit-config.yaml").replace(self.config["repos"][0]["repo"], hooks))
            self.repository(self.folder, [".pre-commit-config.yaml", "budget.json", "heap-budget.json"])
        env = self.environment(PRE_COMMIT_HOME=self.at("..", "cache"), GIT_CONFIG_GLOBAL="/dev/null")
        p = subprocess.run(["pre-commit", "run", "--all-files", "--color", "never"], cwd=self.folder, env=env,
                           capture_output=True, text=True, timeout=120)
        return p.returncode, p.stdout + p.stderr

    def run_entries(self):
        """What pre-commit would do, of that which is used here."""
        worst, log = 0, ""
        for given in self.config["repos"][0]["hooks"]:
            hook = {**self.hooks[given["id"]], **given}
            words = hook.get("args", [])
            if hook.get("pass_filenames", True):
                words = words + [name for name in ("budget.json", "heap-budget.json") if re.search(hook.get("files", ""), name)]
            code, out = self.bash("%s %s\n" % (hook["entry"], " ".join(map(quoted, words))), self.environment())
            worst, log = worst or code, log + hook["name"] + "\n" + out
        return worst, log

    def test_they_have_the_form_that_pre_commit_takes(self):
        for hook in self.hooks.values():
            self.assertLessEqual(set(hook), HOOK)
            self.assertLessEqual({"id", "name", "entry", "language"}, set(hook))
            self.assertEqual(hook["language"], "system")
        for given in self.config["repos"][0]["hooks"]:
            self.assertIn(given["id"], self.hooks)
        if shutil.which("pre-commit"):
            subprocess.run(["pre-commit", "validate-manifest", os.path.join(ROOT, ".pre-commit-hooks.yaml")], check=True,
                           env=self.environment(PRE_COMMIT_HOME=self.at("..", "cache")))

    def test_files_are_found_by_their_names(self):
        pattern = self.hooks["memprof-budget-schema"]["files"]
        for name in ("budget.json", "ci/budget.json", "heap-budget.json", "tests/budget.pico.json"):
            self.assertRegex(name, pattern)
        for name in ("budget/x.json", "budget.json.txt", "heap.json"):
            self.assertNotRegex(name, pattern)

    def ended(self, expected):
        code, log = self.run_hooks()
        self.assertEqual(code, expected, log)
        return log

    def test_a_good_one_passes(self):
        self.ended(0)

    def test_a_broken_budget_does_not(self):
        self.tighten()
        self.assertIn("1350", self.ended(1))

    def test_a_wrong_file_does_not(self):
        self.file("budget.json", self.file("budget.json").replace('"max_used"', '"max_usd"'))
        self.assertRegex(self.ended(1), r"budget\.json:\d+:\d+: error: .*max_usd")


if __name__ == "__main__":
    if sys.argv[1] == "Board":
        documents.find_firmware()
    unittest.main(argv=[sys.argv[0], "-v", sys.argv[1]])
