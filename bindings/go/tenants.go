package verijot

import (
	"context"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// knownTenants says whether a tenant is known; nil asks nobody.
type knownTenants func(ctx context.Context, tenant string) (bool, error)

// askTenant refuses a token that the verifier has accepted, if the caller does not know its tenant.
func (v *coreVerifier) askTenant(ctx context.Context, isKnown knownTenants, token *Token) error {
	if isKnown == nil {
		return nil
	}
	issuer := token.Issuer()
	tenant, isThere, err := v.tenantOf(issuer)
	if err != nil || !isThere {
		return err
	}
	known, err := isKnown(ctx, tenant)
	if err != nil || known {
		return err
	}
	var refused error
	err = v.instance.Do(func() {
		address, length := v.instance.Text(issuer)
		status := module.Status(v.instance.Xverijot_unknown_tenant(v.number.Load(), address, length))
		if status != module.Refused {
			refused = unexpected(v.instance, status)
			return
		}
		refused = refusalOf(v.instance.AnswerView())
	})
	if err != nil {
		return err
	}
	return refused
}

// tenantOf gives the tenant of an accepted token's issuer, if a template of the policy gives it.
func (v *coreVerifier) tenantOf(issuer string) (tenant string, isThere bool, err error) {
	var problem error
	err = v.instance.Do(func() {
		address, length := v.instance.Text(issuer)
		switch status := module.Status(v.instance.Xverijot_tenant(v.number.Load(), address, length)); status {
		case module.Done:
			tenant, isThere = v.instance.Answer(), true
		case module.Nothing:
		default:
			problem = unexpected(v.instance, status)
		}
	})
	if err == nil {
		err = problem
	}
	return tenant, isThere, err
}
