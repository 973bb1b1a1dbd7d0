//! What becomes of configurations as people have them.

use super::*;

const FILE: &str = include_str!("../../../tests/import/ssh_config");

fn local() -> Local {
    Local { home: PathBuf::from("/home/me"), user: "me".to_owned() }
}

fn nothing(_: &str) -> Vec<Included> {
    Vec::new()
}

fn one(text: &str) -> Candidate {
    let (mut found, _) = read(text, &local(), &nothing);
    assert_eq!(found.len(), 1, "{text}");
    found.remove(0)
}

fn shown(found: &[Candidate]) -> Vec<String> {
    found.iter().map(|c| format!("{} {}@{}:{}", c.name, c.username, c.host, c.port.unwrap_or(22))).collect()
}

#[test]
fn every_named_host_becomes_a_connection_with_what_ssh_would_use() {
    let (found, warnings) = read(FILE, &local(), &nothing);
    assert_eq!(
        shown(&found),
        [
            "partner alice@sftp.partner.example.org:2222",
            "web1 deploy@web1.example.org:22",
            "web2 deploy@web2.example.org:22",
            "quoted Jane Doe@quoted.example.org:22",
            "legacy me@legacy:22",
            "behind ops@10.0.0.5:22",
            "bastion.example.org me@bastion.example.org:22",
        ]
    );
    let partner = &found[0];
    assert_eq!(
        partner.key_files,
        KeyFiles::Named(vec![PathBuf::from("/home/me/.ssh/alice@sftp.partner.example.org")])
    );
    assert_eq!((partner.connect_timeout_sec, partner.keepalive_interval_sec), (Some(10), Some(120)));
    assert_eq!(
        partner.ssh_algorithms.encryption.as_deref(),
        Some(&["aes256-gcm@openssh.com".to_owned(), "aes256-ctr".to_owned()][..])
    );
    assert_eq!(partner.ssh_algorithms.key_exchange, None, "a change of OpenSSH's list is no list");
    let paths: Vec<_> = warnings.iter().map(|w| w.path.as_str()).collect();
    assert_eq!(paths, ["line 43"], "{warnings:?}");
}

#[test]
fn what_is_left_out_is_said() {
    let (found, _) = read(FILE, &local(), &nothing);
    let of = |name: &str| -> Vec<&str> {
        let one = found.iter().find(|c| c.name == name).unwrap();
        one.warnings.iter().map(|w| w.path.as_str()).collect()
    };
    assert_eq!(of("partner"), ["KexAlgorithms"]);
    assert!(of("behind").is_empty());
    assert_eq!(of("legacy"), ["StrictHostKeyChecking", "UserKnownHostsFile"]);
    assert!(of("web1").is_empty() && of("quoted").is_empty());
    let behind = found.iter().find(|c| c.name == "behind").unwrap();
    assert_eq!(behind.jump.as_deref(), Some("bastion.example.org"));
    let commanded = one("Host a\n ProxyCommand nc -x proxy:1080 %h %p\n");
    assert_eq!(commanded.notes, ["ProxyCommand nc -x proxy:1080 %h %p was left out."]);
}

fn ways(text: &str) -> Vec<String> {
    let (found, _) = read(text, &local(), &nothing);
    let jump = |c: &Candidate| c.jump.as_ref().map(|j| format!(" < {j}")).unwrap_or_default();
    found.iter().zip(shown(&found)).map(|(c, shown)| format!("{shown}{}", jump(c))).collect()
}

#[test]
fn hops_become_connections_and_hosts_of_the_file_are_used_as_they_are() {
    let text = "Host gate\n HostName gate.example.org\n User ops\nHost far\n ProxyJump gate\nHost farther\n \
                ProxyJump gate,root@inner:2222\nHost third\n ProxyJump gate,far\n";
    assert_eq!(
        ways(text),
        [
            "gate ops@gate.example.org:22",
            "far me@far:22 < gate",
            "farther me@farther:22 < root@inner:2222 via gate",
            "third me@third:22 < far",
            "root@inner:2222 via gate root@inner:2222 < gate",
        ]
    );
}

#[test]
fn jumps_in_a_circle_and_hops_that_are_none_are_left_out_and_said() {
    let text = "Host a\n ProxyJump b\nHost b\n ProxyJump a\nHost c\n ProxyJump x:y\n";
    let (found, _) = read(text, &local(), &nothing);
    assert_eq!(found.iter().filter(|c| c.jump.is_some()).count(), 1, "one end is opened");
    for name in ["a", "c"] {
        let one = found.iter().find(|c| c.name == name).unwrap();
        assert_eq!(one.warnings.iter().map(|w| w.path.as_str()).collect::<Vec<_>>(), ["ProxyJump"]);
    }
    let everywhere = "Host *\n ProxyJump gate\nHost a\n";
    assert_eq!(ways(everywhere), ["a me@a:22 < gate", "gate me@gate:22"]);
}

#[test]
fn the_first_value_wins_even_over_a_later_block_of_its_own() {
    let one = one("Host *\n User first\nHost a\n User second\n Port 2200\nHost a\n Port 2300\n");
    assert_eq!((one.username.as_str(), one.port), ("first", Some(2200)));
}

#[test]
fn identity_files_add_up_and_none_is_none() {
    let one = one("Host a\n IdentityFile ~/one\n IdentityFile %d/two%%\nHost *\n IdentityFile none\n");
    assert_eq!(
        one.key_files,
        KeyFiles::Named(vec![PathBuf::from("/home/me/one"), PathBuf::from("/home/me/two%")])
    );
}

#[test]
fn without_an_identity_the_usual_keys_are_tried() {
    let usual = one("Host a\n").key_files;
    assert_eq!(usual.paths().last(), Some(&PathBuf::from("/home/me/.ssh/id_ed25519")));
    assert_eq!(one("Host a\n PubkeyAuthentication no\n").key_files, KeyFiles::None);
    let odd = one("Host a\n IdentityFile ~other/key\n IdentityFile ${HOME}/key\n IdentityFile %C\n");
    assert_eq!((odd.key_files, odd.warnings.len()), (KeyFiles::None, 3));
}

#[test]
fn percent_signs_are_replaced_in_the_host_name() {
    assert_eq!(one("Host a\n HostName %h.example.org\n").host, "a.example.org");
    assert_eq!(one("Host a\n HostName %%h\n").host, "%h");
}

#[test]
fn negated_patterns_keep_a_block_away() {
    let text = "Host a b\n User u\nHost * !b\n Port 2222\n";
    let (found, _) = read(text, &local(), &nothing);
    assert_eq!(shown(&found), ["a u@a:2222", "b u@b:22"]);
}

#[test]
fn a_match_block_is_left_out_and_match_all_is_not() {
    let (found, warnings) =
        read("Host a\nMatch host a exec \"true\"\n Port 1\nMatch all\n User u\n", &local(), &nothing);
    assert_eq!(shown(&found), ["a u@a:22"]);
    assert_eq!(warnings.len(), 1);
}

#[test]
fn includes_stand_where_they_are_named() {
    let load = |pattern: &str| match pattern {
        "more" => vec![Included {
            name: "/more".into(),
            text: Ok("Host b\n User included\n Include ring\nHost *\n Port 2200\n".into()),
        }],
        "ring" => vec![Included { name: "/more".into(), text: Ok("Host never\n".into()) }],
        "gone" => vec![Included { name: "/gone".into(), text: Err("Permission denied.".into()) }],
        _ => Vec::new(),
    };
    let text = "Include more gone\nHost a\n User own\nHost b\n User late\n";
    let (found, warnings) = read(text, &local(), &load);
    assert_eq!(shown(&found), ["b included@b:2200", "a own@a:2200"]);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    // Inside a block, an included file counts only for what the block is about.
    let (found, _) = read("Host a\n Include more\nHost c\n User u\n", &local(), &load);
    assert_eq!(shown(&found), ["a me@a:2200", "c u@c:22"]);
}

#[test]
fn includes_that_never_end_end() {
    let load = |_: &str| {
        let text = "Include x\nInclude x\n".to_owned();
        let next = COUNT.with(|count| count.replace(count.get() + 1));
        vec![Included { name: next.to_string(), text: Ok(text) }]
    };
    thread_local! { static COUNT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) } }
    let (found, warnings) = read("Include x\nHost a\n", &local(), &load);
    assert_eq!(found.len(), 1);
    assert!(!warnings.is_empty());
    assert!(COUNT.with(std::cell::Cell::get) < 10_000);
}

#[test]
fn times_are_read_as_openssh_does() {
    for (text, expected) in [
        ("90", Some(90)),
        ("1m30s", Some(90)),
        ("2H", Some(7_200)),
        ("", None),
        ("m", None),
        ("1x", None),
        ("99999999999", None),
        ("9999999w", None),
    ] {
        assert_eq!(duration(text), expected, "{text}");
    }
}

#[test]
fn ports_and_times_out_of_range_are_said() {
    let odd = one("Host a\n Port 70000\n ConnectTimeout 0\n ServerAliveInterval 2h\n");
    assert_eq!((odd.port, odd.connect_timeout_sec, odd.keepalive_interval_sec), (None, None, None));
    assert_eq!(odd.warnings.len(), 3);
    assert_eq!(one("Host a\n ServerAliveInterval 0\n").keepalive_interval_sec, Some(0));
}
