"""ACL-1, ACL-4 and ACL-6: every address stands in the table, and each role gets exactly what stands there."""

import pytest
from django.contrib.auth.models import Group

from rcm_portal.security import roles
from tests import accounts
from tests.acceptance import url_table
from tests.strict import LintingClient, body_of
from tests.urls import all_routes


def test_acl_1_every_address_stands_in_the_table():
    routes = {route.name for route in all_routes()}
    table = set(url_table.rows())
    assert (routes - table, table - routes) == (set(), set())


@pytest.mark.parametrize("role", url_table.ROLES)
def test_acl_1_each_role_gets_what_stands_in_the_table(world, role):
    column = url_table.ROLES.index(role)
    expected = {name: statuses[column] for name, statuses in url_table.rows().items()}
    seen = {route.name: answer_of(world, role, route) for route in all_routes()}
    wrong = {name: (seen[name], expected[name]) for name in expected if seen[name] != expected[name]}
    assert wrong == {}  # name: (what came, what stands in the table)


def answer_of(world, role, route):
    """The status of a GET; a page that breaks a rule or fails is named with the rest instead of hiding them."""
    try:
        answer = world.client(role).get(world.path(route))  # a client of its own: some of these sign out
        body_of(answer)
        return answer.status_code
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"


@pytest.mark.parametrize("role", url_table.ROLES)
def test_acl_1_who_may_not_send_a_change_is_refused(world, role):
    routes = {route.name: route for route in all_routes()}
    refused = {name for name, allowed in url_table.POSTS.items() if role not in allowed}
    seen = {name: world.client(role).post(world.path(routes[name]), {}).status_code for name in refused}
    assert seen == dict.fromkeys(refused, 302 if role == "anonymous" else 403)


def test_acl_1_every_staff_address_that_takes_only_posts_says_who_may_send_it():
    post_only = {name for name, statuses in url_table.TABLE.items() if statuses == url_table.STAFF_POST}
    assert post_only - {"admin:logout"} <= set(url_table.POSTS)


def test_acl_4_a_revoked_permission_bites_on_the_next_request(world):
    client = world.client("secretariat")
    path = "/admin/registration/delegate/"
    assert client.get(path).status_code == 200
    Group.objects.get(name=roles.EXECUTIVE_SECRETARIAT).permissions.clear()
    assert client.get(path).status_code == 403


def test_acl_4_leaving_a_group_bites_on_the_next_request(world):
    client = world.client("secretariat")
    assert client.get("/admin/registration/delegate/").status_code == 200
    world.users["secretariat"].groups.clear()
    assert client.get("/admin/registration/delegate/").status_code == 403


def test_acl_6_no_post_is_taken_without_a_csrf_token(world):
    # With the right Origin, so that it is the token that is missed.
    client = LintingClient(enforce_csrf_checks=True, headers={"origin": "https://portal.test"})
    client.force_login(world.users["superuser"], backend="django.contrib.auth.backends.ModelBackend")
    seen = {route.name: client.post(world.path(route), {}).status_code for route in all_routes()}
    assert (
        seen.pop("mail_returned") == 404
    )  # no browser's form: tests/portal/test_mail_webhooks.py says what it takes
    assert seen == dict.fromkeys(seen, 403)


def test_every_permission_of_the_roles_exists(db):
    from django.contrib.auth.models import Permission

    known = {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Permission.objects.all()
    }
    wanted = {name for names in roles.PERMISSIONS.values() for name in names}
    assert wanted - known == set()


def test_the_groups_have_exactly_the_permissions_of_the_table(db):
    for name, wanted in roles.PERMISSIONS.items():
        permissions = Group.objects.get(name=name).permissions.select_related("content_type")
        assert {f"{each.content_type.app_label}.{each.codename}" for each in permissions} == set(wanted)


def test_a_lost_second_factor_is_removed_by_a_superuser_and_by_nobody_else(world):
    accounts.add_authenticator_app(world.users["host"])
    data = {"action": "remove_second_factor", "_selected_action": [world.users["host"].pk]}
    assert world.client("secretariat").post("/admin/auth/user/", data).status_code == 403
    assert world.users["host"].authenticator_set.count() == 1
    assert world.client("superuser").post("/admin/auth/user/", data).status_code == 302
    assert world.users["host"].authenticator_set.count() == 0
