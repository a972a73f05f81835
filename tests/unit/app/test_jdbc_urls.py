"""JDBC URLs become the settings' URLs, or are refused with what to do."""

import pytest

from lockgate_app.migration.jdbc import NotTakenOver, read_jdbc


@pytest.mark.parametrize(
    ("jdbc", "url"),
    [
        ("jdbc:mysql://127.0.0.1/messages", "mariadb://127.0.0.1/messages"),
        ("jdbc:mariadb://db.example:3307/messages", "mariadb://db.example:3307/messages"),
        ("jdbc:mysql:///messages", "mariadb://localhost/messages"),
        (
            "jdbc:mariadb:failover://a.example,b.example:3307/messages",
            "mariadb:///messages?host=a.example%3A3306&host=b.example%3A3307",
        ),
        ("jdbc:postgresql://db.example/messages", "postgresql://db.example/messages"),
        ("jdbc:postgresql:messages", "postgresql://localhost/messages"),
        ("jdbc:postgresql://[2001:db8::1]:5433/a%20b", "postgresql://[2001:db8::1]:5433/a b"),
        (
            "jdbc:postgresql://a.example,b.example:5433/messages",
            "postgresql:///messages?host=a.example%3A5432&host=b.example%3A5433&target_session_attrs=read-write",
        ),
        ("jdbc:oracle:thin:@//db.example:1521/messages", "oracle://db.example:1521/messages"),
        ("jdbc:oracle:thin:@db.example/messages", "oracle://db.example/messages"),
        ("jdbc:db2://db.example:50000/messages", "db2://db.example:50000/messages"),
    ],
)
def test_what_has_a_counterpart(jdbc: str, url: str) -> None:
    place = read_jdbc(f" {jdbc} ")
    assert place.url.render_as_string(hide_password=False) == url
    assert (place.user, place.password, place.dropped) == (None, None, ())


@pytest.mark.parametrize(
    "jdbc",
    [
        "jdbc:mysql://db/m?user=anna&password=zW4-in-url&useSSL=true",
        "jdbc:postgresql://db/m?useSSL=true&user=anna&password=zW4-in-url",
        "jdbc:db2://db/m:user=anna;password=zW4-in-url;useSSL=true;",
        "jdbc:oracle:thin:anna/zW4-in-url@//db/m?useSSL=true",
    ],
)
def test_user_and_password_leave_the_url_and_parameters_are_named(jdbc: str) -> None:
    place = read_jdbc(jdbc)
    assert (place.user, place.password, place.dropped) == ("anna", "zW4-in-url", ("useSSL",))
    assert "anna" not in str(place.url)
    assert "zW4" not in repr(place)


@pytest.mark.parametrize(
    ("jdbc", "says"),
    [
        ("jdbc:h2:~/ejbca", "h2 keeps no messages here: make"),
        ("jdbc:derby://localhost/messages", "derby keeps no messages here: make"),
        ("jdbc:hsqldb:hsql://localhost:1701", "hsqldb keeps no messages here: make"),
        ("jdbc:sqlserver://db;databaseName=zW4", "sqlserver keeps no messages here"),
        ("jdbc:Z'W4:x", "that database keeps no messages here"),
        ("jdbc:mysql://db.example", "form that is not known"),
        ("jdbc:mysql://", "form that is not known"),
        ("jdbc:mysql://db.example/", "names no database"),
        ("jdbc:mysql://address=(host=zW4)/messages", "hosts have a form"),
        ("jdbc:oracle:thin:@db.example:1521:zW4", "names an SID: write the name"),
        ("jdbc:oracle:thin:@(DESCRIPTION=(zW4))", "form that is not known"),
        ("jdbc:db2://a,b/messages", "several hosts"),
        ("java:/zW4", "no JDBC URL"),
        ("", "no JDBC URL"),
    ],
)
def test_what_has_none_is_refused_with_what_to_do(jdbc: str, says: str) -> None:
    with pytest.raises(NotTakenOver, match=says) as told:
        read_jdbc(jdbc)
    assert "zW4" not in str(told.value)
